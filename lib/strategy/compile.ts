/**
 * Strategies made ready for evaluation (once per cycle): sorted, resolved, their params frozen and read,
 * their catalog hashed, so that nothing of it is redone per signal.
 *
 * Invariants: the order of the definitions changes nothing; strategies are asked in the order of their ids;
 * a strategy whose plugin is missing stays in, as one that cannot decide.
 */
import canonicalize from 'canonicalize'
import { compare } from '../domain/compare.ts'
import { ConfigurationError, InvalidValueError, type Violation } from '../domain/errors.ts'
import { AGGREGATED_ORIGIN, type CatalogHash, asCatalogHash, sha256Hex } from '../domain/ids.ts'
import type { CircuitOptions } from './circuit.ts'
import type { Signal } from '../domain/signal.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { spelled } from '../domain/symbol.ts'
import { timeframeKey } from '../domain/timeframe-name.ts'
import type { StrategyPlugin } from './plugin.ts'
import { type PreparedRule, ruleOf } from './prepared-plugin.ts'
import type { PluginRegistry } from './registry.ts'
import { type FeatureCheck, featureCheck } from './required-features.ts'
import { type Silence, silencesOf } from './silence.ts'

export interface CompiledStrategy {
  readonly id: string
  /** Its place among all of the catalog, sorted by id. */
  readonly index: number
  readonly definition: StrategyDefinition
  /** Null when the registry has no plugin of exactly this type and version. */
  readonly plugin: StrategyPlugin | null
  /** As resolved: an alias's own plugin. Empty without a plugin. */
  readonly pluginId: string
  readonly pluginVersion: string
  /** Set for built-in plugins: their answer as a function of the features alone. */
  readonly rule: PreparedRule | null
  /** Whether a vector has the features that the plugin needs beyond those of every vector; null: it needs none. */
  readonly hasFeatures: FeatureCheck | null
  /** Asked also when the signal does not satisfy contract v3, as long as it has a price. */
  readonly needsPriceAlone: boolean
  /** How many earlier vectors its plugin looks at. */
  readonly history: number
}

export interface CompiledStrategies extends CircuitOptions {
  /** All of them, sorted by id, disabled ones included; deeply frozen. */
  readonly definitions: readonly StrategyDefinition[]
  /** Independent of the order in which the definitions were given. */
  readonly catalogHash: CatalogHash
  /** All of them, sorted by id, disabled ones included. */
  readonly strategies: readonly CompiledStrategy[]
  /** The enabled ones' definitions, by id. */
  readonly enabled: ReadonlyMap<string, StrategyDefinition>
  /** The enabled strategies whose timeframe (or an equally long one) and universe hold a signal, sorted by id. */
  readonly asked: (timeframe: string, symbol: string) => readonly CompiledStrategy[]
  /** Whether an enabled one looks at history. */
  readonly looksBack: boolean
  /** If none of them speaks, no enabled one wants anything; null where each has to be asked. */
  readonly silences: readonly Silence[] | null
}

interface Audience {
  /** For symbols that no universe names. */
  readonly everySymbol: readonly CompiledStrategy[]
  readonly bySymbol: ReadonlyMap<string, readonly CompiledStrategy[]>
}

const NO_AUDIENCE: Audience = { everySymbol: Object.freeze([]), bySymbol: new Map() }

/** @throws ConfigurationError on an id that is used twice or reserved. */
export function compileStrategies(
  definitions: readonly StrategyDefinition[],
  registry: PluginRegistry,
  options: CircuitOptions,
): CompiledStrategies {
  const sorted = definitions.toSorted((left, right) => compare(left.id, right.id))
  checkIds(sorted)
  const frozen = Object.freeze(sorted.map(frozenCopy))
  const strategies = Object.freeze(
    frozen.map((definition, index) => compileStrategy(definition, index, registry)),
  )
  const audiences = new Map<string, Audience>()
  for (const key of new Set(frozen.map(({ baseTimeframe }) => timeframeKey(baseTimeframe)))) {
    audiences.set(key, audienceOf(key, strategies))
  }
  // by the names that signals give their timeframes, several of which may mean the same
  const byName = new Map<string, Audience>()
  const audienceFor = (timeframe: string): Audience => {
    const audience = audiences.get(timeframeKey(timeframe)) ?? NO_AUDIENCE
    byName.set(timeframe, audience)
    return audience
  }
  return Object.freeze({
    definitions: frozen,
    catalogHash: catalogHash(frozen),
    strategies,
    enabled: new Map(frozen.filter(({ enabled }) => enabled).map((one) => [one.id, one])),
    looksBack: strategies.some(({ definition, history }) => definition.enabled && history > 0),
    silences: silencesOf(strategies.filter(({ definition }) => definition.enabled)),
    circuitErrors: options.circuitErrors,
    circuitCooldownSeconds: options.circuitCooldownSeconds,
    asked: (timeframe: string, symbol: string) => {
      const audience = byName.get(timeframe) ?? audienceFor(timeframe)
      return audience.bySymbol.get(symbol) ?? audience.everySymbol
    },
  })
}

/** How many earlier vectors of the symbol and timeframe those look at that are asked about them. */
export function historyAsked(
  { asked, looksBack }: Pick<CompiledStrategies, 'asked' | 'looksBack'>,
  { timeframe, symbol }: Pick<Signal, 'timeframe' | 'symbol'>,
): number {
  if (!looksBack) return 0
  return asked(timeframe, symbol).reduce((most, { history }) => Math.max(most, history), 0)
}

/** Hash of a catalog's contents, whatever their order. */
export function catalogHash(definitions: readonly StrategyDefinition[]): CatalogHash {
  const text = canonicalize(definitions.toSorted((left, right) => compare(left.id, right.id)))
  if (text === undefined) throw new InvalidValueError('the strategies have no canonical JSON form')
  return asCatalogHash(sha256Hex(text))
}

function checkIds(sorted: readonly StrategyDefinition[]): void {
  const violations: Violation[] = []
  for (const [index, { id }] of sorted.entries()) {
    if (id === AGGREGATED_ORIGIN) {
      violations.push({ path: `strategy ${id}`, found: `the id ${id}`, allowed: 'any other id' })
    }
    if (index > 0 && sorted[index - 1]?.id === id) {
      violations.push({ path: `strategy ${id}`, found: 'the id twice', allowed: 'an id of its own' })
    }
  }
  if (violations.length > 0) throw new ConfigurationError('strategies', violations)
}

function compileStrategy(
  definition: StrategyDefinition,
  index: number,
  registry: PluginRegistry,
): CompiledStrategy {
  const resolution = registry.resolve(definition.strategyType, definition.version)
  const plugin = resolution.kind === 'found' ? resolution.plugin : null
  return Object.freeze({
    id: definition.id,
    index,
    definition,
    plugin,
    pluginId: plugin?.pluginId ?? '',
    pluginVersion: plugin?.version ?? '',
    rule: plugin === null ? null : ruleOf(plugin, definition.params),
    hasFeatures: plugin === null ? null : featureCheck(plugin),
    needsPriceAlone: plugin?.needs === 'price',
    history: plugin?.history ?? 0,
  })
}

function audienceOf(key: string, strategies: readonly CompiledStrategy[]): Audience {
  const enabled = strategies.filter(
    ({ definition }) => definition.enabled && timeframeKey(definition.baseTimeframe) === key,
  )
  // a catalog that an earlier version stored may spell them otherwise
  const universeOf = ({ definition }: CompiledStrategy) => definition.universeSymbols?.map(spelled) ?? null
  const symbols = new Set(enabled.flatMap((strategy) => universeOf(strategy) ?? []))
  const trading = (symbol: string) =>
    enabled.filter((strategy) => universeOf(strategy)?.includes(symbol) ?? true)
  return {
    everySymbol: enabled.filter(({ definition }) => definition.universeSymbols === null),
    bySymbol: new Map([...symbols].map((symbol) => [symbol, trading(symbol)])),
  }
}

/** A copy of plain data, deeply frozen, so that neither a plugin nor the caller can change it later. */
function frozenCopy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  const copy: unknown = Array.isArray(value)
    ? value.map(frozenCopy)
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, frozenCopy(inner)]))
  return Object.freeze(copy) as Value
}
