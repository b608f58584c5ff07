/**
 * Which enabled strategies no signal of a run or replay was for, and why: silence must have a reason (another timeframe, other
 * symbols, signals that nobody can use).
 */
import { compare } from '../domain/compare.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import type { Signal } from '../domain/signal.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { isNamedTimeframe, timeframeKey } from '../domain/timeframe-name.ts'
import { normalizeFeatures } from './features.ts'

/** Something that the author of a strategies file would want to know; no error. */
export interface CoverageWarning {
  readonly strategyId: string
  /** False: the strategy was asked, only not about all it names. */
  readonly neverAsked: boolean
  /** In words. */
  readonly reason: string
}

interface SymbolCount {
  signals: number
  usable: number
}

const NAMED = 8
/** What bars are named by, for guesses. */
const COMMON_TIMEFRAMES = ['1Min', '5Min', '15Min', '30Min', '1Hour', '4Hour', '1Day', '1Week', '1Month']

/** Counts signals by timeframe and symbol. */
export class SignalCensus {
  readonly #timeframes = new Map<string, Map<string, SymbolCount>>()
  readonly #names = new Set<string>()

  /** @param usable whether it satisfies the feature contract */
  add(timeframe: string, symbol: string, usable: boolean): void {
    this.#names.add(timeframe)
    const key = timeframeKey(timeframe)
    const symbols = this.#timeframes.get(key) ?? new Map<string, SymbolCount>()
    this.#timeframes.set(key, symbols)
    const count = symbols.get(symbol) ?? { signals: 0, usable: 0 }
    symbols.set(symbol, count)
    count.signals += 1
    if (usable) count.usable += 1
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
export function censusOf(signals: Iterable<Signal>): SignalCensus {
  const census = new SignalCensus()
  for (const signal of signals) {
    census.add(signal.timeframe, signal.symbol, normalizeFeatures(signal).kind === 'ok')
  }
  return census
}

/**
 * What the enabled strategies were not asked about, in the order of the definitions.
 * @param needsPriceAlone whether a strategy's plugin is asked about signals that do not satisfy the contract
 */
export function coverageWarnings(
  definitions: readonly StrategyDefinition[],
  census: SignalCensus,
  needsPriceAlone: (definition: StrategyDefinition) => boolean,
): CoverageWarning[] {
  return definitions.flatMap((definition) => {
    const found = definition.enabled ? gapOf(definition, census, needsPriceAlone(definition)) : null
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
  takesAll: boolean,
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
    const reason = `no ${baseTimeframe} signals of ${named(missing)}; there are ${named([...symbols.keys()])}${hint(guess)}`
    return { neverAsked: true, reason }
  }
  const own = [...symbols].filter(([symbol]) => universeSymbols?.includes(symbol) ?? true)
  if (!takesAll && own.every(([, { usable }]) => usable === 0)) {
    const count = own.reduce((sum, [, { signals }]) => sum + signals, 0)
    const reason = `each of its ${count} signals lacks a required feature (the first 33 bars of a symbol always do)`
    return { neverAsked: true, reason }
  }
  if (missing.length === 0) return null
  return { neverAsked: false, reason: `no ${baseTimeframe} signals of ${named(missing)}` }
}

function hint(guess: string | undefined): string {
  return guess === undefined ? '' : `; did you mean ${guess}?`
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ')
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown
}
