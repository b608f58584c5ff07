/** `torghut dev`: the whole system on this machine, over real prices, against the paper exchange. */
import { join, resolve } from 'node:path'
import { version } from '../../../package.json'
import { collect } from '../../domain/collect.ts'
import { formatInstant } from '../../domain/time.ts'
import { type DevRunResult, type KillSwitchNews, type Progress, devRun } from '../../local/dev-run.ts'
import { marketOfBars, marketOfSignals, packagedMarket, type MarketData } from '../../local/market-data.ts'
import { type RunInputs, checkInputs } from '../../local/run-inputs.ts'
import { localTelemetry } from '../../local/local-telemetry.ts'
import { decimalText, integer, mapOf, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { parseStrategies } from '../../formats/strategies-file.ts'
import { readFlagsFile } from '../../adapters/files/flags-file.ts'
import { statePaths } from '../../local/state-folder.ts'
import { parseRange } from '../../local/date-range.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { readSignals } from '../../formats/signal-codec.ts'
import { embeddedStorageFault } from '../../local/embedded-dynamodb.ts'
import { coverageJson, noteCoverage } from '../terminal/coverage-notes.ts'
import { failuresJson, noteFailures } from '../terminal/failure-notes.ts'
import { renderReport } from '../terminal/render-report.ts'
import type { BarsOptions } from '../bars-options.ts'
import { noteSkippedRows, readChosenBars } from '../read-chosen-bars.ts'
import type { CliContext } from '../context.ts'
import { EXIT, describeError, exitCodeOf, type ExitCode } from '../terminal/exit-codes.ts'
import { packageRoot, readLines, readTextFile } from '../terminal/input-file.ts'
import type { Output } from '../terminal/output.ts'
import { ProgressLine } from '../terminal/progress-line.ts'

interface DevOptions extends BarsOptions {
  readonly signals?: string
  readonly strategies?: string
  readonly plugins?: string
  readonly accounts?: string
  readonly from?: string
  readonly to?: string
  readonly fresh?: true
}

interface Disposable {
  readonly dispose: () => void
}

const ONE_ACCOUNT = '[{"label":"paper"}]'
/** A year of the packaged prices in which everything happens that there is to see. */
const DEFAULT_RANGE = { from: '2009-07-01', to: '2010-06-30' }

export async function runDev(
  context: CliContext,
  options: DevOptions & { readonly json?: true },
): Promise<ExitCode> {
  const { output, folder } = context
  const inputs = await readInputs(context, options)
  reportSkipped(inputs, output)
  const progress = new ProgressLine(output)
  const interrupt = listenForInterrupts(output)
  const lastResort = catchStorageFaults(context)
  try {
    const result = await devRun({
      inputs,
      workingFolder: folder,
      fresh: options.fresh === true,
      stop: interrupt.signal,
      onProgress: (state) => progress.show(state),
      onKillSwitch: (state) => progress.interject(killSwitchLine(state)),
      telemetry: localTelemetry((line) => progress.interject(line)),
      codeVersion: version,
    })
    progress.end()
    const exitCode = await tell(result, inputs, output, options.json === true)
    noteCoverage(inputs.warnings, output)
    return exitCode
  } finally {
    progress.end()
    interrupt.dispose()
    lastResort.dispose()
  }
}

async function readInputs({ folder, environment }: CliContext, options: DevOptions): Promise<RunInputs> {
  const examples = join(packageRoot(), 'examples')
  const range = parseRange(options.from, options.to)
  const packaged = options.bars === undefined && options.signals === undefined
  const ownStrategies = options.strategies
  const strategies = ownStrategies ?? join(examples, 'strategies.yaml')
  const module = options.plugins ?? (ownStrategies === undefined ? join(examples, 'plugins.mjs') : null)
  return checkInputs({
    market: await readMarket(options, folder),
    // The default is a whole one: who names one end gets all there is towards the other.
    range: packaged && range.from === null && range.to === null ? DEFAULT_RANGE : range,
    strategies: parseStrategies(await readTextFile(strategies, folder), strategies),
    pluginModule: module === null ? null : resolve(folder, module),
    accounts: await readAccounts(options, folder, environment, examples),
    environment,
    flags: await readFlagsFile(statePaths(folder).flags),
  })
}

async function readMarket(options: DevOptions, folder: string): Promise<MarketData> {
  const { bars, signals } = options
  if (bars !== undefined && signals !== undefined) {
    const found = '--bars and --signals together'
    throw new ConfigurationError('The options', [{ path: '--signals', found, allowed: 'one of them' }])
  }
  if (bars !== undefined) return marketOfBars(await readChosenBars(bars, folder, options))
  if (signals === undefined) return packagedMarket()
  return marketOfSignals(await collect(readSignals(readLines(signals, folder), signals)), signals)
}

/** The example accounts name the example strategies; strategies of one's own are traded by one account. */
async function readAccounts(
  { accounts, strategies }: DevOptions,
  folder: string,
  environment: CliContext['environment'],
  examples: string,
): Promise<{ readonly text: string; readonly name: string }> {
  if (accounts === undefined) {
    const registry = environment['TRADING_ACCOUNTS_JSON']
    if (registry !== undefined) return { text: registry, name: 'TRADING_ACCOUNTS_JSON' }
    if (strategies !== undefined) return { text: ONE_ACCOUNT, name: 'the account' }
  }
  const file = accounts ?? join(examples, 'accounts.json')
  return { text: await readTextFile(file, folder), name: file }
}

function reportSkipped({ schedule: { skipped, repeated } }: RunInputs, output: Output): void {
  if (repeated > 0) output.note(`Counted once: ${repeated} signals that the file repeats.`)
  noteSkippedRows(skipped, output)
}

function killSwitchLine({ accounts, when }: KillSwitchNews): string {
  if (accounts.length === 0) return 'The kill switch is off again: orders are sent.'
  const names = accounts.join(', ')
  return when === 'end'
    ? `The kill switch is still on for ${names}: no order was sent since. \`torghut kill off\` lets orders pass.`
    : `The kill switch is on for ${names}: no order is sent. \`torghut kill off\` lets them pass.`
}

/** The first Ctrl-C stops after the present step, the second one at once. */
function listenForInterrupts(output: Output): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
    output.note('\nStopping after this step. Press Ctrl-C again to stop at once; nothing is lost either way.')
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return {
    signal: controller.signal,
    dispose: () => process.off('SIGINT', stop).off('SIGTERM', stop),
  }
}

/** The embedded database throws some faults of the disk from its callbacks, where nobody can catch them. */
function catchStorageFaults({ output, folder, environment }: CliContext): Disposable {
  const fail = (error: unknown) => {
    const fault = embeddedStorageFault(error, statePaths(folder).database) ?? error
    output.status(null)
    output.note(describeError(fault, environment['TORGHUT_DEBUG'] === '1'))
    process.exit(exitCodeOf(fault))
  }
  process.on('uncaughtException', fail)
  return { dispose: () => process.off('uncaughtException', fail) }
}

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
  equity: decimalText,
  equityAtStart: decimalText,
})

async function tell(
  result: DevRunResult,
  { warnings }: RunInputs,
  output: Output,
  json: boolean,
): Promise<ExitCode> {
  if (result.kind === 'stopped') {
    if (json) await output.printJson({ finished: false, ...inJson(result.progress) })
    output.note(`Stopped after ${inWords(result.progress)}. Start again with the same options to go on.`)
    return EXIT.interrupted
  }
  for (const label of result.idle)
    output.note(`Account ${label} is not enabled or not admitted: nothing was done for it.`)
  for (const { failures } of result.reports) noteFailures(failures, output)
  if (json) {
    await output.printJson({
      finished: true,
      accounts: result.reports.map((report) =>
        reportJson.encode({ ...report, equityAtStart: report.equityHistory[0]?.equity ?? report.equity }),
      ),
      digest: result.digest,
      warnings: warnings.map((warning) => coverageJson.encode(warning)),
    })
    return EXIT.ok
  }
  for (const report of result.reports) await output.print(`${renderReport(report, output.colors)}\n`)
  await output.print(result.digest)
  return EXIT.ok
}

function inJson({ done, total, tickAt }: Progress) {
  return { steps_done: done, steps: total, tick_at: tickAt === null ? null : formatInstant(tickAt) }
}

function inWords({ done, total, tickAt }: Progress): string {
  return `step ${done} of ${total}${tickAt === null ? '' : ` (${formatInstant(tickAt).slice(0, 10)})`}`
}
