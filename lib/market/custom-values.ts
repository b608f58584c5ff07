/**
 * The values that indicators of a user's module add to one series of bars.
 *
 * Invariant: an indicator that fails ends the reading with an error that names it and the bar: signals that lack a value
 * without a word would be traded.
 */
import { formatDecimal, isDecimal } from '../domain/decimal.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { Indicator, IndicatorBar } from '../domain/indicator.ts'

export class CustomValues {
  readonly #indicators: readonly Indicator[]
  readonly #states: unknown[]

  /** @param states what an earlier fold of the series knew, by indicator; null before its first bar */
  constructor(indicators: readonly Indicator[], states: readonly unknown[] | null = null) {
    this.#indicators = indicators
    this.#states = states === null ? indicators.map((indicator) => indicator.initial()) : [...states]
  }

  /** What each indicator knows by now. */
  get states(): readonly unknown[] {
    return [...this.#states]
  }

  /** Folds a bar in and adds what the indicators say then, by name, to a payload. */
  addTo(payload: Record<string, string>, bar: IndicatorBar): void {
    for (const [index, indicator] of this.#indicators.entries()) {
      try {
        this.#states[index] = indicator.next(this.#states[index], bar)
        put(payload, indicator, this.#states[index])
      } catch (cause) {
        throw failed(indicator, bar, cause)
      }
    }
  }
}

function put(payload: Record<string, string>, indicator: Indicator, state: unknown): void {
  const { names } = indicator
  const known = indicator.values(state)
  for (const name of Object.keys(known)) {
    if (!names.includes(name)) throw new TypeError(`the value ${name} is not among its names`)
  }
  for (const name of names) {
    const value: unknown = known[name]
    if (value === undefined || value === null) continue
    if (!isDecimal(value)) throw new TypeError(`${name} is a ${typeof value}, not a Decimal`)
    payload[name] = formatDecimal(value)
  }
}

function failed({ names }: Indicator, { symbol, eventTs }: IndicatorBar, cause: unknown): ConfigurationError {
  const found = cause instanceof Error ? `${cause.name}: ${cause.message}` : `threw a ${typeof cause}`
  const path = `indicator ${names.join(', ')}, bar of ${symbol} that ended ${eventTs}`
  return new ConfigurationError('The indicators', [{ path, found, allowed: 'Decimals or null' }], { cause })
}
