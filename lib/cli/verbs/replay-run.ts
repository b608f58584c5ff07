/**
 * `torghut replay run`: the plugin runtime alone over recorded signals or bars
 * (docs/architecture.md#command-line; other
 * programs parse the JSON lines).
 *
 * Invariant: nothing is printed for input that cannot be read as a whole.
 */
import { resolve } from 'node:path'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Signal } from '../../domain/signal.ts'
import { SETTING_DEFINITIONS } from '../../flags/definitions.ts'
import type { RuntimeMode } from '../../domain/settings.ts'
import { label } from '../../flags/kinds.ts'
import type { Replay } from '../../replay/runner.ts'
import type { CompiledStrategies } from '../../strategy/compile.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { checkedBefore, readTextFile } from '../terminal/input-file.ts'
import { ReplayReport } from './replay-report.ts'
import { strategiesOfAccount } from './replay-account.ts'
import { addVerb, optionOf, verbGroup, type VerbRegistrar } from '../verb.ts'

interface ReplayRunOptions {
  readonly signals?: string
  readonly bars?: string
  readonly strategies: string
  readonly plugins?: string
  readonly account?: AccountLabel
  readonly mode: RuntimeMode
  readonly circuitErrors: number
  readonly circuitCooldownSeconds: number
  readonly json?: true
}

const PROGRESS_EVERY = 5000
const { circuitErrors, circuitCooldownSeconds, runtimeMode } = SETTING_DEFINITIONS

export const registerReplayRun: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'replay', 'the strategies over recorded data')
  const verb = addVerb(group, 'run', {
    description: 'run the strategies over recorded signals or bars, without orders and without fallback',
    examples: [
      'torghut replay run --bars bars.csv --strategies strategies.yaml',
      'torghut replay run --signals signals.jsonl --strategies strategies.yaml --plugins ./my-plugins.mjs --json',
    ],
  })
  verb
    .option('--signals <file>', 'signals: JSON lines')
    .option('--bars <file>', 'bars: CSV timestamp,symbol,open,high,low,close,volume; makes the signals')
    .requiredOption('--strategies <file>', 'strategies: a YAML or JSON list')
    .option('--plugins <module>', 'a module with plugins of your own')
    .option('--account <label>', "only this account's strategies (TRADING_ACCOUNTS_JSON)", optionOf(label))
    .option(
      '--mode <mode>',
      `${runtimeMode.kind.allowed}; legacy: the legacy rule for every strategy`,
      optionOf(runtimeMode.kind),
      'plugin_v3',
    )
    .option(
      '--circuit-errors <n>',
      circuitErrors.description,
      optionOf(circuitErrors.kind),
      Number(circuitErrors.default),
    )
    .option(
      '--circuit-cooldown-seconds <n>',
      circuitCooldownSeconds.description,
      optionOf(circuitCooldownSeconds.kind),
      Number(circuitCooldownSeconds.default),
    )
  run<ReplayRunOptions>(verb, async (context, options) => {
    if ((options.signals === undefined) === (options.bars === undefined)) {
      verb.error('error: give either --signals FILE or --bars FILE')
    }
    return replayRun(context, options)
  })
}

async function replayRun(context: CliContext, options: ReplayRunOptions): Promise<ExitCode> {
  const { output } = context
  const { Replay } = await import('../../replay/runner.ts')
  const compiled = await compile(context, options)
  const replay = new Replay(compiled, { aggregated: options.mode !== 'legacy' })
  const signals = readInput(context, options)
  if (options.json) await output.printLines(jsonLines(context, replay, signals))
  else {
    const report = new ReplayReport()
    for await (const signal of signals) report.add(replay.next(signal).line)
    await output.print(report.render(replay.finish(), compiled, output.colors))
  }
  return EXIT.ok
}

async function* jsonLines(
  { output }: CliContext,
  replay: Replay,
  signals: AsyncIterable<Signal>,
): AsyncGenerator<string> {
  let count = 0
  for await (const signal of signals) {
    yield replay.next(signal).json
    count += 1
    if (output.isWatched && count % PROGRESS_EVERY === 0) output.note(`${count} signals`)
  }
  yield JSON.stringify({ summary: replay.finish() })
}

async function compile(context: CliContext, options: ReplayRunOptions): Promise<CompiledStrategies> {
  const { folder, environment } = context
  const { parseStrategies } = await import('../../formats/strategies-file.ts')
  const { compileStrategies } = await import('../../strategy/compile.ts')
  const { builtinRegistry } = await import('../../strategy/registry.ts')
  const { loadPluginModule } = await import('../../adapters/files/load-plugin-module.ts')
  const all = parseStrategies(await readTextFile(options.strategies, folder), options.strategies)
  const plugins =
    options.plugins === undefined ? [] : await loadPluginModule(resolve(folder, options.plugins))
  const ofAccount = strategiesOfAccount(all, options.account, environment)
  const deciding = options.mode === 'legacy' ? ofAccount.map(byLegacyRule) : ofAccount
  return compileStrategies(deciding, builtinRegistry(plugins), options)
}

/** The legacy path asks the legacy rule, with the strategy's own parameters, whatever its plugin. */
function byLegacyRule(strategy: StrategyDefinition): StrategyDefinition {
  return { ...strategy, strategyType: 'legacy_macd_rsi', version: '1.0.0' }
}

async function* readInput(
  { folder }: CliContext,
  { signals, bars = '' }: ReplayRunOptions,
): AsyncGenerator<Signal> {
  if (signals !== undefined) {
    const { readSignals } = await import('../../formats/signals-file.ts')
    yield* checkedBefore(signals, folder, readSignals)
    return
  }
  const { parseBars } = await import('../../market/bars.ts')
  const { signalsFromBars } = await import('../../market/indicators.ts')
  yield* signalsFromBars(parseBars(await readTextFile(bars, folder), bars))
}
