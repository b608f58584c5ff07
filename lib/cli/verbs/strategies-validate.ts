/** `torghut strategies validate FILE`: is the file well-formed, and does every strategy have its plugin? */
import { resolve } from 'node:path'
import { formatViolation } from '../../domain/errors.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import { misfits, strategyNeeds, unknownPlugin } from '../../strategy/check-strategies.ts'
import { NO_PLUGINS, type PluginModule } from '../../strategy/plugin-module.ts'
import { type PluginRegistry, builtinRegistry } from '../../strategy/registry.ts'
import { parseStrategies } from '../../formats/strategies-file.ts'
import { loadPluginModule } from '../../adapters/files/load-plugin-module.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import { createCalendar } from '../../market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../market/indicators.ts'
import {
  censusOf,
  coverageWarnings,
  timeframeWarning,
  type CoverageWarning,
} from '../../strategy/coverage.ts'
import type { BarsOptions } from '../bars-options.ts'
import { readChosenBars } from '../read-chosen-bars.ts'
import type { CliContext } from '../context.ts'
import { coverageJson, noteCoverage } from '../terminal/coverage-notes.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readTextFile } from '../terminal/input-file.ts'

interface ValidateOptions extends BarsOptions {
  readonly plugins?: string
  readonly json?: true
}

/** What is wrong with a strategy's plugin; null when it is there. */
interface Finding {
  readonly strategy_id: string
  readonly plugin: string
  readonly problem: 'unknown_plugin' | 'unknown_version' | 'invalid_params' | null
  readonly known: readonly string[]
  readonly did_you_mean: string | null
  /** What its plugin refuses of its parameters, in words. */
  readonly params: readonly string[]
}

export async function validateStrategies(
  context: CliContext,
  options: ValidateOptions,
  file = '',
): Promise<ExitCode> {
  const { output, folder } = context
  const { plugins, json } = options
  const strategies = parseStrategies(await readTextFile(file, folder), file)
  const module = plugins === undefined ? NO_PLUGINS : await loadPluginModule(resolve(folder, plugins))
  const registry = builtinRegistry(module.plugins)
  const findings = strategies.map((strategy) => check(strategy, registry))
  const valid = findings.every(({ problem }) => problem === null)
  const warnings = [
    ...strategies.flatMap((strategy) => timeframeWarning(strategy) ?? []),
    ...(await warningsOverBars(context, options, strategies, registry, module.indicators)),
  ]
  if (json)
    await output.printJson({
      valid,
      strategies: findings,
      warnings: warnings.map((one) => coverageJson.encode(one)),
    })
  else {
    const rows = findings.map((finding) => [finding.strategy_id, finding.plugin, inWords(finding)])
    await output.printTable(['strategy', 'plugin', 'finding'], rows)
  }
  noteCoverage(warnings, output)
  if (valid) return EXIT.ok
  if (findings.some(({ problem }) => problem !== null && problem !== 'invalid_params'))
    output.note('Some strategies have no plugin: correct their type and version, or pass --plugins MODULE.')
  return EXIT.negative
}

/** What the strategies would not be asked about if a run had these bars. */
async function warningsOverBars(
  { folder, environment }: CliContext,
  options: ValidateOptions,
  strategies: readonly StrategyDefinition[],
  registry: PluginRegistry,
  indicators: PluginModule['indicators'],
): Promise<CoverageWarning[]> {
  if (options.bars === undefined) return []
  const { bars } = await readChosenBars(options.bars, folder, options)
  const { signals } = signalsFromBars(bars, createCalendar(parseSettings(environment).calendar), indicators)
  const needs = (strategy: StrategyDefinition) => strategyNeeds(registry, strategy)
  return coverageWarnings(strategies, censusOf(signals, strategies.map(needs)), needs)
}

function check(strategy: StrategyDefinition, registry: PluginRegistry): Finding {
  const plugin = `${strategy.strategyType}@${strategy.version}`
  const params = misfits(registry, strategy).map(formatViolation)
  const base = { strategy_id: strategy.id, plugin, params }
  const unknown = unknownPlugin(registry, strategy)
  if (unknown === null) {
    return { ...base, problem: params.length === 0 ? null : 'invalid_params', known: [], did_you_mean: null }
  }
  const problem = unknown.field === 'version' ? 'unknown_version' : 'unknown_plugin'
  return { ...base, problem, known: unknown.known, did_you_mean: unknown.hint ?? null }
}

function inWords({ problem, known, did_you_mean: hint, params }: Finding): string {
  if (problem === null) return 'ok'
  if (problem === 'invalid_params') return params.join('; ')
  const what = problem === 'unknown_plugin' ? 'unknown plugin' : 'unknown version'
  return `${what}; known: ${known.join(', ')}${hint === null ? '' : ` - did you mean ${hint}?`}`
}
