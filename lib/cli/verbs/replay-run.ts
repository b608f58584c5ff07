/**
 * `torghut replay run`: the plugin runtime alone over recorded signals or bars (docs/architecture.md#command-line;
 * other programs parse the JSON lines).
 *
 * Invariant: nothing is printed for input that cannot be read as a whole.
 */
import { resolve } from 'node:path'
import type { AccountLabel } from '../../domain/account-label.ts'
import { parseAccounts } from '../../flags/account-registry.ts'
import { ACCOUNTS_JSON } from '../../flags/definitions.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import type { Signal } from '../../domain/signal.ts'
import type { RuntimeMode } from '../../domain/settings.ts'
import { PurityCheck } from '../../replay/purity.ts'
import { Replay } from '../../replay/runner.ts'
import { type CompiledStrategies, compileStrategies } from '../../strategy/compile.ts'
import { requireParams } from '../../strategy/check-strategies.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import { parseStrategies } from '../../formats/strategies-file.ts'
import { normalizeFeatures } from '../../strategy/features.ts'
import { type CoverageWarning, SignalCensus, coverageWarnings, needsOf } from '../../strategy/coverage.ts'
import { NO_PLUGINS, type PluginModule } from '../../strategy/plugin-module.ts'
import { builtinRegistry } from '../../strategy/registry.ts'
import { loadPluginModule } from '../../adapters/files/load-plugin-module.ts'
import { readSignals } from '../../formats/signal-codec.ts'
import { createCalendar } from '../../market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../market/indicators.ts'
import type { BarsOptions } from '../bars-options.ts'
import { noteSkippedRows, readChosenBars } from '../read-chosen-bars.ts'
import type { VerbContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { noteCoverage } from '../terminal/coverage-notes.ts'
import { impuritiesJson, notePurity } from '../terminal/purity-notes.ts'
import { failuresJson, noteFailures } from '../terminal/failure-notes.ts'
import { checkedBefore, readTextFile } from '../terminal/input-file.ts'
import { accountNamed } from '../target.ts'
import { ReplayReport } from './replay-report.ts'

interface ReplayRunOptions extends BarsOptions {
  readonly signals?: string
  readonly strategies: string
  readonly plugins?: string
  readonly account?: AccountLabel
  readonly mode: RuntimeMode
  readonly circuitErrors: number
  readonly circuitCooldownSeconds: number
  readonly json?: true
  /** Where modules are loaded anew; null or absent: it is not checked. */
  readonly checkPurity?: number
}

const PROGRESS_EVERY = 5000

export async function replayRun(context: VerbContext, options: ReplayRunOptions): Promise<ExitCode> {
  const { output } = context
  const module =
    options.plugins === undefined
      ? NO_PLUGINS
      : await loadPluginModule(resolve(context.folder, options.plugins))
  const compiled = await compile(context, options, module)
  const { watch } = context
  const aggregated = options.mode !== 'legacy'
  const replay = new Replay(compiled, { aggregated, ...(watch === undefined ? {} : { watch }) })
  const census = new SignalCensus(compiled.strategies.map(({ plugin }) => needsOf(plugin)))
  const purity = purityCheck(context, options, replay)
  const input = readInput(context, options, module)
  const signals = purity?.watch(input) ?? input
  if (options.json) await output.printLines(jsonLines(context, replay, signals, census, purity))
  else {
    const report = new ReplayReport()
    for await (const signal of signals) {
      const { line } = replay.next(signal)
      count(signal, replay, census)
      report.add(line)
    }
    await output.print(report.render(replay, compiled, output.colors))
  }
  noteFailures(replay.failures(), output)
  noteCoverage(coverageOf(compiled, census), output)
  if (purity === null) return EXIT.ok
  notePurity(purity.found(), output)
  return purity.found().length === 0 ? EXIT.ok : EXIT.negative
}

function purityCheck(context: VerbContext, options: ReplayRunOptions, replay: Replay): PurityCheck | null {
  const { checkPurity: seed, plugins } = options
  if (seed === undefined) return null
  let copies = 0
  const loadAnew = async (): Promise<CompiledStrategies> => {
    copies += 1
    const module =
      plugins === undefined ? NO_PLUGINS : await loadPluginModule(resolve(context.folder, plugins), copies)
    return compile(context, options, module)
  }
  return new PurityCheck(replay, loadAnew, seed)
}

/** A signal that nobody was asked about has no features in its evaluation, and may have a price all the same. */
function count(signal: Signal, { latest }: Replay, census: SignalCensus): void {
  if (latest === null) return
  census.add(
    signal,
    latest.normalizationError === null,
    latest.features ?? normalizeFeatures(signal).features,
  )
}

function coverageOf(
  { definitions, strategies }: CompiledStrategies,
  census: SignalCensus,
): CoverageWarning[] {
  const plugins = new Map(strategies.map(({ id, plugin }) => [id, plugin]))
  return coverageWarnings(definitions, census, ({ id }) => needsOf(plugins.get(id) ?? null))
}

async function* jsonLines(
  { output }: VerbContext,
  replay: Replay,
  signals: AsyncIterable<Signal>,
  census: SignalCensus,
  purity: PurityCheck | null,
): AsyncGenerator<string> {
  let replayed = 0
  for await (const signal of signals) {
    const { json } = replay.next(signal)
    count(signal, replay, census)
    yield json
    replayed += 1
    if (output.isWatched && replayed % PROGRESS_EVERY === 0) output.note(`${replayed} signals`)
  }
  const failures = replay.failures()
  const told = failures.length === 0 ? {} : { failures: failuresJson.encode(failures) }
  const impure = purity === null ? {} : { impure: impuritiesJson(purity.found()) }
  yield JSON.stringify({ summary: { ...replay.finish(), ...told, ...impure } })
}

async function compile(
  context: VerbContext,
  options: ReplayRunOptions,
  { plugins }: PluginModule,
): Promise<CompiledStrategies> {
  const { folder, environment, prepared = (plugin) => plugin } = context
  const all = parseStrategies(await readTextFile(options.strategies, folder), options.strategies)
  const ofAccount = strategiesOfAccount(all, options.account, environment)
  const deciding = options.mode === 'legacy' ? ofAccount.map(byLegacyRule) : ofAccount
  const registry = builtinRegistry(plugins.map((plugin) => prepared(plugin)))
  requireParams(
    registry,
    deciding.filter(({ enabled }) => enabled),
  )
  return compileStrategies(deciding, registry, options)
}

/** The legacy path asks the legacy rule, with the strategy's own parameters, whatever its plugin. */
function byLegacyRule(strategy: StrategyDefinition): StrategyDefinition {
  return { ...strategy, strategyType: 'legacy_macd_rsi', version: '1.0.0' }
}

async function* readInput(
  { folder, environment, output }: VerbContext,
  options: ReplayRunOptions,
  { indicators }: PluginModule,
): AsyncGenerator<Signal> {
  const { signals, bars = [] } = options
  if (signals !== undefined) {
    yield* checkedBefore(signals, folder, readSignals)
    return
  }
  const read = await readChosenBars(bars, folder, options)
  const { signals: made, skipped } = signalsFromBars(
    read.bars,
    createCalendar(parseSettings(environment).calendar),
    indicators,
  )
  noteSkippedRows(skipped, output)
  yield* made
}

/**
 * Which strategies a replay runs for an account: those that the registry gives it; without an account, or without
 * a registry in the environment, all of them.
 * @throws ConfigurationError for a label that the registry does not know.
 */
function strategiesOfAccount(
  strategies: readonly StrategyDefinition[],
  account: AccountLabel | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): readonly StrategyDefinition[] {
  const registry = environment[ACCOUNTS_JSON]
  if (account === undefined || registry === undefined) return strategies
  const accounts = parseAccounts(registry, parseSettings(environment))
  const { strategies: ids } = accountNamed(account, accounts, '--account')
  return ids === null ? strategies : strategies.filter(({ id }) => ids.includes(id))
}
