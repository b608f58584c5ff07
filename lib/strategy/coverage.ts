/**
 * Which enabled strategies no signal of a run or replay was for, and why: silence must have a reason (another timeframe, other
 * symbols, signals that nobody can use, a feature that none has, a history that is never long enough).
 */
import { compare } from '../domain/compare.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import type { Observe, ObservedSeries } from '../domain/observed-signals.ts'
import type { Signal } from '../domain/signal.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { isNamedTimeframe, timeframeKey } from '../domain/timeframe-name.ts'
import { normalizeFeatures } from './features.ts'
import type { FeatureVector, RequiredFeature, StrategyPlugin } from './plugin.ts'
import { hasFeature } from './required-features.ts'

/** Something that the author of a strategies file would want to know; no error. */
export interface CoverageWarning {
  readonly strategyId: string
  /** False: the strategy was asked, only not about all it names. */
  readonly neverAsked: boolean
  /** In words. */
  readonly reason: string
}

/** What a plugin needs of signals to be asked. */
export interface PluginNeeds {
  /** False: all of the contract. */
  readonly priceAlone: boolean
  readonly features: readonly RequiredFeature[]
  /** How many earlier signals of the symbol. */
  readonly history: number
}

/** Without a plugin: those of none. */
export function needsOf(plugin: StrategyPlugin | null): PluginNeeds {
  return {
    priceAlone: plugin?.needs === 'price',
    features: plugin?.requiredFeatures ?? [],
    history: plugin?.history ?? 0,
  }
}

interface SymbolCount {
  signals: number
  usable: number
  /** With a price: what counts as history. */
  priced: number
  /** Features that are needed, and that one of them had. */
  readonly features: Set<RequiredFeature>
}

const NAMED = 8
/** What bars are named by, for guesses. */
const COMMON_TIMEFRAMES = ['1Min', '5Min', '15Min', '30Min', '1Hour', '4Hour', '1Day', '1Week', '1Month']

/** Counts signals by timeframe and symbol. */
export class SignalCensus {
  readonly #timeframes = new Map<string, Map<string, SymbolCount>>()
  readonly #names = new Set<string>()
  readonly #needed: readonly RequiredFeature[]

  /** @param needs of all strategies */
  constructor(needs: readonly PluginNeeds[] = []) {
    this.#needed = [...new Set(needs.flatMap(({ features }) => features))]
  }

  /**
   * @param usable whether it satisfies the feature contract
   * @param features null: it has no price
   */
  add({ timeframe, symbol }: ObservedSeries, usable: boolean, features: FeatureVector | null): void {
    const count = this.#countOf(timeframe, symbol)
    count.signals += 1
    if (usable) count.usable += 1
    if (features === null) return
    count.priced += 1
    if (count.features.size === this.#needed.length) return
    for (const name of this.#needed) if (hasFeature(features, name)) count.features.add(name)
  }

  /** Whether no further signal of the symbol would tell more than that it is there. */
  hasSeenEnough({ timeframe, symbol }: ObservedSeries): boolean {
    const { usable, features } = this.#countOf(timeframe, symbol)
    return usable > 0 && features.size === this.#needed.length
  }

  /** More that have a price, of a symbol of which enough was seen. */
  addPriced({ timeframe, symbol }: ObservedSeries, more: number): void {
    const count = this.#countOf(timeframe, symbol)
    count.signals += more
    count.priced += more
  }

  #countOf(timeframe: string, symbol: string): SymbolCount {
    this.#names.add(timeframe)
    const key = timeframeKey(timeframe)
    const symbols = this.#timeframes.get(key) ?? new Map<string, SymbolCount>()
    this.#timeframes.set(key, symbols)
    const count = symbols.get(symbol) ?? { signals: 0, usable: 0, priced: 0, features: new Set() }
    symbols.set(symbol, count)
    return count
  }

  /** As the signals name them. */
  get timeframes(): readonly string[] {
    return [...this.#names].sort(compare)
  }

  ofTimeframe(name: string): ReadonlyMap<string, Readonly<SymbolCount>> {
    return this.#timeframes.get(timeframeKey(name)) ?? new Map()
  }
}

/** A census of signals that nobody has normalised yet. */
export function censusOf(signals: Iterable<Signal>, needs: readonly PluginNeeds[]): SignalCensus {
  const census = new SignalCensus(needs)
  for (const signal of signals) {
    const { kind, features } = normalizeFeatures(signal)
    census.add(signal, kind === 'ok', features)
  }
  return census
}

/**
 * A census of signals that are made only as long as they tell something.
 * @param observe signals that were not made since it was enough have a price, as the others of their series
 */
export function censusUntilEnough(observe: Observe, needs: readonly PluginNeeds[]): SignalCensus {
  const census = new SignalCensus(needs)
  for (const observed of observe((series) => census.hasSeenEnough(series))) {
    if (observed.signal === null) census.addPriced(observed, observed.count)
    else {
      const { kind, features } = normalizeFeatures(observed.signal)
      census.add(observed.signal, kind === 'ok', features)
    }
  }
  return census
}

/** What the enabled strategies were not asked about, in the order of the definitions. */
export function coverageWarnings(
  definitions: readonly StrategyDefinition[],
  census: SignalCensus,
  needs: (definition: StrategyDefinition) => PluginNeeds,
): CoverageWarning[] {
  return definitions.flatMap((definition) => {
    const found = definition.enabled ? gapOf(definition, census, needs(definition)) : null
    return found === null ? [] : [{ strategyId: definition.id, ...found }]
  })
}

/** A timeframe that no bars are named by; null when it is one of the usual form. */
export function timeframeWarning({ id, baseTimeframe }: StrategyDefinition): CoverageWarning | null {
  if (isNamedTimeframe(baseTimeframe)) return null
  const reason = `no bars are named ${baseTimeframe}${hint(didYouMean(baseTimeframe, COMMON_TIMEFRAMES))}`
  return { strategyId: id, neverAsked: false, reason }
}

function gapOf(
  { baseTimeframe, universeSymbols }: StrategyDefinition,
  census: SignalCensus,
  needs: PluginNeeds,
): Omit<CoverageWarning, 'strategyId'> | null {
  const symbols = census.ofTimeframe(baseTimeframe)
  if (symbols.size === 0) {
    const there = census.timeframes
    const guess = hint(didYouMean(baseTimeframe, there))
    return { neverAsked: true, reason: `signals are of ${named(there)}, it wants ${baseTimeframe}${guess}` }
  }
  const missing = (universeSymbols ?? []).filter((symbol) => !symbols.has(symbol))
  if (universeSymbols !== null && universeSymbols.length > 0 && missing.length === universeSymbols.length) {
    const guess = missing
      .map((symbol) => didYouMean(symbol, symbols.keys()))
      .find((near) => near !== undefined)
    const reason = `no ${baseTimeframe} signals of ${named(missing)}; there are ${named([...symbols.keys()].sort(compare))}${hint(guess)}`
    return { neverAsked: true, reason }
  }
  const own = [...symbols].filter(([symbol]) => universeSymbols?.includes(symbol) ?? true)
  const counts = own.map(([, count]) => count)
  const never = whyNever(counts, needs)
  if (never !== null) return { neverAsked: true, reason: never }
  if (missing.length === 0) return null
  return { neverAsked: false, reason: `no ${baseTimeframe} signals of ${named(missing)}` }
}

/** Why none of the signals that are there was enough; null when one was, as far as is counted. */
function whyNever(counts: readonly Readonly<SymbolCount>[], { priceAlone, features, history }: PluginNeeds) {
  const signals = counts.reduce((sum, count) => sum + count.signals, 0)
  if (!priceAlone && counts.every(({ usable }) => usable === 0)) {
    return `each of its ${signals} signals lacks a required feature (the first 33 bars of a symbol always do)`
  }
  const lacking = features.filter((name) => counts.every((count) => !count.features.has(name)))
  if (lacking.length > 0) return `none of its ${signals} signals has ${named(lacking)}`
  const most = Math.max(...counts.map(({ priced }) => priced))
  if (most === 0) return `none of its ${signals} signals has a price`
  return most > history ? null : `it looks ${history} signals back, and no symbol has more than ${most}`
}

function hint(guess: string | undefined): string {
  return guess === undefined ? '' : `; did you mean ${guess}?`
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ')
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown
}
