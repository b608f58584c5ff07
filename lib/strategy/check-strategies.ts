/** Whether strategies have plugins that know their type, version and parameters; for people, before anything runs. */
import { didYouMean } from '../domain/did-you-mean.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { needsOf, type PluginNeeds } from './coverage.ts'
import { checkParams } from './params-schema.ts'
import type { PluginRegistry } from './registry.ts'

/** Which part of a strategy's plugin names nothing, and what it could name. */
export interface UnknownPlugin {
  readonly field: 'strategy_type' | 'version'
  readonly found: string
  readonly known: readonly string[]
  readonly hint: string | undefined
}

/** What is wrong with a strategy's type or version; null when it resolves. */
export function unknownPlugin(
  registry: PluginRegistry,
  { strategyType, version }: Pick<StrategyDefinition, 'strategyType' | 'version'>,
): UnknownPlugin | null {
  const resolution = registry.resolve(strategyType, version)
  if (resolution.kind === 'found') return null
  const typeIsKnown = resolution.kind === 'unknown_version'
  const known = typeIsKnown ? resolution.versions : registry.knownTypes()
  const found = typeIsKnown ? version : strategyType
  return { field: typeIsKnown ? 'version' : 'strategy_type', found, known, hint: didYouMean(found, known) }
}

/** What a strategy's plugin needs to be asked. */
export function strategyNeeds(
  registry: PluginRegistry,
  { strategyType, version }: Pick<StrategyDefinition, 'strategyType' | 'version'>,
): PluginNeeds {
  const resolution = registry.resolve(strategyType, version)
  return needsOf(resolution.kind === 'found' ? resolution.plugin : null)
}

/** What is wrong with a strategy's parameters, where its plugin says what they may be. */
export function misfits(
  registry: PluginRegistry,
  { id, strategyType, version, params }: StrategyDefinition,
): readonly Violation[] {
  const resolution = registry.resolve(strategyType, version)
  const schema = resolution.kind === 'found' ? resolution.plugin.params : undefined
  return schema === undefined ? [] : checkParams(schema, params, `strategy ${id} params`)
}

/** @throws ConfigurationError naming each parameter that its plugin refuses */
export function requireParams(registry: PluginRegistry, strategies: readonly StrategyDefinition[]): void {
  const violations = strategies.flatMap((strategy) => misfits(registry, strategy))
  if (violations.length > 0) throw new ConfigurationError('The strategies', violations)
}

/** @throws ConfigurationError naming every strategy whose type, version or parameters its plugins do not know */
export function requireKnown(
  registry: PluginRegistry,
  strategies: readonly StrategyDefinition[],
  advice: string,
): void {
  const violations = strategies.flatMap((strategy): Violation[] => {
    const unknown = unknownPlugin(registry, strategy)
    if (unknown === null) return [...misfits(registry, strategy)]
    const { field, found, known, hint } = unknown
    const path = `strategy ${strategy.id} ${field}`
    const violation = { path, found: JSON.stringify(found), allowed: known.join(', ') }
    return [hint === undefined ? violation : { ...violation, didYouMean: hint }]
  })
  if (violations.length > 0) throw new ConfigurationError('The strategies', violations, { advice })
}
