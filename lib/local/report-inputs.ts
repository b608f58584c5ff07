/** What a report of a run is made from: its records, already read, and its decisions explained from them one by one. */
import type { CycleRecord } from '../domain/plan.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { catalogCompiler } from '../lanes/catalog-compiler.ts'
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { asNumber } from '../replay/figures/as-number.ts'
import type { PricePoint } from '../replay/figures/price-history.ts'
import { explainDecisions } from '../replay/explain/explain-decisions.ts'
import type { ReportHead, ReportInputs } from '../replay/report/write-report.ts'
import type { RerunDeps } from '../replay/rerun.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import { gatheredPrices } from '../replay/report/gathered-prices.ts'
import { countRows, strategyRows } from '../replay/report/account-counts.ts'
import type { AccountOutcome, AccountRecords } from './run-report.ts'

export interface ReportedRun {
  readonly source: string
  readonly digest: string | null
  readonly prices: Iterable<PricePoint>
  readonly accounts: readonly { readonly outcome: AccountOutcome; readonly records: AccountRecords }[]
  /** By position; at least those that decisions were made of. */
  readonly signals: ReadonlyMap<number, LoggedSignal>
  readonly stores: Pick<StateStores, 'catalog' | 'signals'>
  readonly registry: PluginRegistry
}

export function reportInputs(head: ReportHead, run: ReportedRun): ReportInputs {
  const { digest, prices, accounts } = run
  return {
    ...head,
    digest,
    prices: gatheredPrices(prices),
    accounts: accounts.map(({ outcome, records }) => {
      const { report, figures, trades } = outcome
      const executions = new Map(records.executions.map((one) => [one.decisionId, one]))
      return {
        label: report.label,
        figures,
        trades,
        equity: Array.from(report.equityHistory, ({ at, equity }) => ({ at, equity: asNumber(equity) })),
        counts: countRows(report),
        strategies: strategyRows(report),
        decisions: explainDecisions(
          { account: report.label, source: run.source, isAsked: () => true },
          ({ decisionId }) => executions.get(decisionId),
          rerunDeps(run, records.cycles),
        ),
      }
    }),
  }
}

/** Over what is read already: stores are asked for the catalog and for what plugins saw of earlier signals. */
function rerunDeps({ signals, stores, registry }: ReportedRun, cycles: readonly CycleRecord[]): RerunDeps {
  const compiler = catalogCompiler(stores.catalog, registry)
  return {
    stores: {
      lanes: { listCycles: () => inOrder(cycles) },
      signals: {
        readAfter: async (_source, cursor, count) => ({
          signals: Array.from({ length: count }, (_, index) => signals.get(cursor + 1 + index)).filter(
            (signal) => signal !== undefined,
          ),
          expired: null,
        }),
        readHistory: (series, below, count, now) => stores.signals.readHistory(series, below, count, now),
      },
    },
    strategies: ({ catalogHash }, settings) => compiler(catalogHash, settings),
    calendar: keptCalendars(),
  }
}

async function* inOrder(cycles: readonly CycleRecord[]): AsyncGenerator<CycleRecord> {
  yield* cycles
}
