/** `torghut strategies validate FILE`: is the file well-formed, and does every strategy have its plugin? */
import { resolve } from 'node:path'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import { type PluginRegistry, builtinRegistry } from '../../strategy/registry.ts'
import { parseStrategies } from '../../formats/strategies-file.ts'
import { loadPluginModule } from '../../adapters/files/load-plugin-module.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readTextFile } from '../terminal/input-file.ts'

interface ValidateOptions {
  readonly plugins?: string
  readonly json?: true
}

/** What is wrong with a strategy's plugin; null when it is there. */
interface Finding {
  readonly strategy_id: string
  readonly plugin: string
  readonly problem: 'unknown_plugin' | 'unknown_version' | null
  readonly known: readonly string[]
  readonly did_you_mean: string | null
}

export async function validateStrategies(
  { output, folder }: CliContext,
  { plugins, json }: ValidateOptions,
  file = '',
): Promise<ExitCode> {
  const strategies = parseStrategies(await readTextFile(file, folder), file)
  const registry = builtinRegistry(
    plugins === undefined ? [] : await loadPluginModule(resolve(folder, plugins)),
  )
  const findings = strategies.map((strategy) => check(strategy, registry))
  const valid = findings.every(({ problem }) => problem === null)
  if (json) await output.printJson({ valid, strategies: findings })
  else {
    const rows = findings.map((finding) => [finding.strategy_id, finding.plugin, inWords(finding)])
    await output.printTable(['strategy', 'plugin', 'finding'], rows)
  }
  if (valid) return EXIT.ok
  output.note('Some strategies have no plugin: correct their type and version, or pass --plugins MODULE.')
  return EXIT.negative
}

function check(strategy: StrategyDefinition, registry: PluginRegistry): Finding {
  const base = { strategy_id: strategy.id, plugin: `${strategy.strategyType}@${strategy.version}` }
  const unknown = registry.unknown(strategy)
  if (unknown === null) return { ...base, problem: null, known: [], did_you_mean: null }
  const problem = unknown.field === 'version' ? 'unknown_version' : 'unknown_plugin'
  return { ...base, problem, known: unknown.known, did_you_mean: unknown.hint ?? null }
}

function inWords({ problem, known, did_you_mean: hint }: Finding): string {
  if (problem === null) return 'ok'
  const what = problem === 'unknown_plugin' ? 'unknown plugin' : 'unknown version'
  return `${what}; known: ${known.join(', ')}${hint === null ? '' : ` - did you mean ${hint}?`}`
}
