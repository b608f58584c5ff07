/** `torghut backtest`: the strategies judged by the code that trades, in memory, with costs. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { version } from '../../../package.json'
import { type Decimal, formatDecimal } from '../../domain/decimal.ts'
import { asEpochMs, formatInstant } from '../../domain/time.ts'
import { backtestRun } from '../../local/backtest-run.ts'
import type { FinishedRun } from '../../local/finished-run.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import type { VerbContext } from '../context.ts'
import { noteSkipped, readRunInputs, type RunOptions } from '../run-options.ts'
import { noteCoverage, noteSilent } from '../terminal/coverage-notes.ts'
import { costsInWords } from '../../exchange/costs.ts'
import { requireWritable } from '../terminal/output-file.ts'
import { reportWriter } from '../report-file.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { strategiesOf, tellFinished } from '../terminal/finished-run.ts'
import { listenForInterrupts } from '../terminal/interrupts.ts'
import { ProgressLine } from '../terminal/progress-line.ts'

interface BacktestVerbOptions extends RunOptions {
  readonly cash: Decimal
  readonly feeBps: Decimal
  readonly feePerShare: Decimal
  readonly slippageBps: Decimal
  readonly trades?: string
  readonly equity?: string
  readonly report?: string
  readonly json?: true
}

export async function runBacktest(context: VerbContext, options: BacktestVerbOptions): Promise<ExitCode> {
  const { output, folder, watch } = context
  const costs = {
    feeBasisPoints: options.feeBps,
    feePerShare: options.feePerShare,
    slippageBasisPoints: options.slippageBps,
  }
  for (const name of ['trades', 'equity', 'report'] as const) {
    if (options[name] !== undefined) await requireWritable(`--${name}`, options[name], folder)
  }
  const inputs = await readRunInputs(context, options, {})
  noteSkipped(inputs, output)
  const progress = new ProgressLine(output)
  const interrupt = watch === undefined ? listenForInterrupts(output) : stoppedBy(watch.isStopped)
  try {
    const result = await backtestRun({
      inputs,
      cash: options.cash,
      costs,
      stop: interrupt.signal,
      onProgress: (state) => progress.show(state),
      onKillSwitch: () => undefined,
      telemetry: localTelemetry((line) => progress.interject(line)),
      codeVersion: version,
      ...(watch === undefined ? {} : { watch }),
      report:
        options.report === undefined
          ? null
          : await reportWriter(
              { title: 'Torghut backtest', terms: costsInWords(costs) },
              resolve(folder, options.report),
            ),
    })
    progress.end()
    if (result.kind === 'stopped') {
      output.note(`Stopped after step ${result.progress.done} of ${result.progress.total}; nothing is kept.`)
      return EXIT.interrupted
    }
    await tellFinished(result, inputs.warnings, output, options.json === true, [
      options.report === undefined
        ? 'Next: --report out.html, for charts and for why each trade was made.'
        : `Report: ${options.report}, for a browser.`,
    ])
    if (options.trades !== undefined) await writeFile(resolve(folder, options.trades), tradesCsv(result))
    if (options.equity !== undefined) await writeFile(resolve(folder, options.equity), equityCsv(result))
    noteCoverage(inputs.warnings, output)
    noteSilent(inputs, strategiesOf(result), output)
    return EXIT.ok
  } finally {
    progress.end()
    interrupt.dispose()
  }
}

/** Who watches the run hears Ctrl-C. */
function stoppedBy(isStopped: () => boolean) {
  const signal = {
    get aborted() {
      return isStopped()
    },
  }
  return { signal, dispose: () => undefined }
}

function tradesCsv({ accounts }: FinishedRun): string {
  const rows = accounts.flatMap(({ report, trades }) =>
    trades.map(({ at, symbol, side, quantity, price, limit, fee, strategies, decision }) =>
      [
        report.label,
        formatInstant(asEpochMs(at)),
        symbol,
        side,
        plain(quantity),
        plain(price),
        plain(fee),
        strategies.join(' '),
        limit === null ? '' : plain(limit),
        decision ?? '',
      ].join(','),
    ),
  )
  return `${['account,at,symbol,side,quantity,price,fee,strategies,limit,decision', ...rows].join('\n')}\n`
}

/** Without an exponent, which not every reader of CSV files knows; amounts have eight digits at most. */
function plain(amount: number): string {
  const text = String(amount)
  return text.includes('e') ? amount.toFixed(8) : text
}

function equityCsv({ accounts }: FinishedRun): string {
  const rows = accounts.flatMap(({ report }) =>
    Array.from(report.equityHistory, ({ at, equity }) =>
      [report.label, formatInstant(at), formatDecimal(equity)].join(','),
    ),
  )
  return `${['account,at,equity', ...rows].join('\n')}\n`
}
