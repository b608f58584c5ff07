/** What came of a run, for people or as JSON; the digest comes last. */
import { decimalText, finite, integer, list, mapOf, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { FinishedRun } from '../../local/finished-run.ts'
import type { StrategyCounts } from '../../replay/report/strategy-counts.ts'
import type { CoverageWarning } from '../../strategy/coverage.ts'
import { coverageJson } from './coverage-notes.ts'
import { failuresJson, noteFailures } from './failure-notes.ts'
import type { Output } from './output.ts'
import { inShort, renderReport } from './render-report.ts'

const counts = mapOf(integer)

const reportJson = record({
  label: text(),
  signals: integer,
  intents: integer,
  conflicts: integer,
  decisions: integer,
  orders: counts,
  denials: counts,
  fallbacks: counts,
  cursor: integer,
  strategyErrors: counts,
  failures: failuresJson,
  circuitOpenings: integer,
  circuitClosings: integer,
  strategies: list(
    record({
      strategy: text(),
      intents: integer,
      decisions: integer,
      denials: integer,
      errors: integer,
      fallbacks: integer,
      circuitSeconds: finite,
    }),
  ),
  equity: decimalText,
  equityAtStart: decimalText,
})

const tradeFigures = {
  trades: integer,
  roundTrips: integer,
  winRate: nullable(finite),
  profitFactor: nullable(finite),
  averageWin: nullable(finite),
  averageLoss: nullable(finite),
  averageHoldingDays: nullable(finite),
  volume: finite,
  fees: finite,
}

const equityFigures = record({
  days: integer,
  totalReturn: finite,
  annualReturn: nullable(finite),
  annualVolatility: nullable(finite),
  sharpe: nullable(finite),
  sortino: nullable(finite),
  calmar: nullable(finite),
  drawdown: record({
    depth: finite,
    from: nullable(text()),
    to: nullable(text()),
    recovered: nullable(text()),
  }),
})

const partFigures = {
  ...tradeFigures,
  profit: finite,
  equity: equityFigures,
  exposure: finite,
  turnover: nullable(finite),
}

const figuresJson = record({
  startEquity: finite,
  endEquity: finite,
  equity: equityFigures,
  trades: record(tradeFigures),
  exposure: finite,
  turnover: nullable(finite),
  buyAndHold: nullable(finite),
  benchmark: nullable(equityFigures),
  bySymbol: list(record({ symbol: text(), ...partFigures, buyAndHold: nullable(finite) })),
  byStrategy: list(record({ strategy: text(), ...partFigures })),
})

/** What each strategy did, of every account. */
export function strategiesOf({ accounts }: FinishedRun): readonly StrategyCounts[] {
  return accounts.flatMap(({ report }) => report.strategies)
}

/**
 * @param next for people: what to do with it, each a line
 */
export async function tellFinished(
  { accounts, idle, digest }: FinishedRun,
  warnings: readonly CoverageWarning[],
  output: Output,
  json: boolean,
  next: readonly string[],
): Promise<void> {
  for (const label of idle)
    output.note(`Account ${label} is not enabled or not admitted: nothing was done for it.`)
  for (const { report } of accounts) noteFailures(report.failures, output)
  if (json) {
    await output.printJson({
      finished: true,
      accounts: accounts.map(({ report, figures }) => ({
        ...reportJson.encode({
          ...report,
          equityAtStart: report.equityHistory.at(0)?.equity ?? report.equity,
        }),
        figures: figuresJson.encode(figures),
      })),
      digest,
      warnings: warnings.map((warning) => coverageJson.encode(warning)),
    })
    return
  }
  for (const { report, figures } of accounts) {
    await output.print(`${renderReport(report, figures, output.colors)}\n`)
  }
  if (accounts.length > 0) {
    const head = ['account', 'start', 'end', 'return', 'deepest fall', 'buy and hold']
    await output.printTable(
      head,
      accounts.map(({ report, figures }) => [report.label, ...inShort(figures)]),
    )
  }
  for (const line of next) await output.print(line)
  await output.print('Digest of decisions, executions, cursor, circuits and equity:')
  await output.print(digest)
}
