/**
 * The built-in indicators of one symbol and timeframe, bar by bar: exponential averages of 12 and 26 bars and their MACD,
 * Wilder's RSI of 14, Bollinger bands of 20, realised volatility, volume-weighted prices. What is known after a bar is a plain
 * value, so that a fold can be put away and taken up again.
 *
 * Invariants: a fold taken up from its state goes on exactly, to the last bit, as the one that gave it; an indicator is left
 * out until it has seen as many bars as it is defined over; values are texts with at most 8 fractional digits, so that equal
 * bars give byte-equal payloads. `INDICATORS_VERSION` is raised with every change of a value or of the state.
 */
import { textOfNumber } from '../domain/decimal-text.ts'
import { type Decimal, formatDecimal } from '../domain/decimal.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Bar } from './bars.ts'
import { asDouble } from './decimal-double.ts'
import { ONE_MINUTE, type Timeframe } from './timeframe.ts'
import { newVwap, sessionVwap, windowVwap, type VwapState } from './vwap.ts'
import { wilderRsi, type RsiState } from './wilder-rsi.ts'

/** Raised when an equal bar would get another payload, or when a state of before could not be gone on from. */
export const INDICATORS_VERSION = 1

/** What is known after so many bars. Plain values: it survives JSON as it is. */
export interface IndicatorState {
  bars: number
  ema12: number
  ema26: number
  /** Average of the MACD; null before the first one. */
  signal: number | null
  rsi: RsiState
  /** The last 61, oldest first. */
  closes: number[]
  vwap: VwapState
}

/** A number for each session of the symbol. */
export type SessionAt = (at: EpochMs) => number

/** Bars over which the realised volatility is measured: the minute of second bars it is named after. */
const VOLATILITY_BARS = 60
const BAND_BARS = 20
const BAND_WIDTH = 2
const EMA_BARS = { short: 12, long: 26, signal: 9 } as const
/** The MACD's signal line averages 9 MACD values, the first of which needs 26 bars. */
const MACD_STABLE_AT = EMA_BARS.long + EMA_BARS.signal - 1

export class IndicatorFold {
  readonly #intraday: boolean
  readonly #sessionAt: SessionAt
  readonly #state: IndicatorState
  /** Of the returns between the closes at hand, oldest first; worked out once each. */
  readonly #squaredReturns: number[]

  /** @param state where an earlier fold of the same series stood; null before its first bar. It is not changed. */
  constructor(timeframe: Timeframe, sessionAt: SessionAt, state: IndicatorState | null = null) {
    this.#sessionAt = sessionAt
    this.#intraday = timeframe.durationMs <= ONE_MINUTE.durationMs
    this.#state = state === null ? newState() : copyOf(state)
    const { closes } = this.#state
    this.#squaredReturns = closes.slice(1).map((close, index) => squaredReturn(close, closes[index] ?? close))
  }

  /** What is known by now; later bars do not change it. */
  get state(): IndicatorState {
    return copyOf(this.#state)
  }

  /** Folds the next bar in. @returns the payload of its signal */
  next(bar: Bar): Record<string, string> {
    const state = this.#state
    const close = asDouble(bar.close)
    state.bars += 1
    const isFirst = state.bars === 1
    state.ema12 = averaged(close, isFirst ? close : state.ema12, EMA_BARS.short)
    state.ema26 = averaged(close, isFirst ? close : state.ema26, EMA_BARS.long)
    const macd = state.ema12 - state.ema26
    if (state.bars >= EMA_BARS.long) state.signal = averaged(macd, state.signal ?? macd, EMA_BARS.signal)
    const isMacdStable = state.bars >= MACD_STABLE_AT
    const signal = isMacdStable ? state.signal : null
    const rsi = wilderRsi(state.rsi, close, state.closes.at(-1) ?? null)
    this.#keep(close)
    const bands = bollinger(state.closes)
    const whole = isWhole(bar)
    // named at once, in their order: an object that grows name by name is many times as slow
    return knownOf({
      price: formatDecimal(bar.close),
      open: whole ? textOfAmount(bar.open) : null,
      high: whole ? textOfAmount(bar.high) : null,
      low: whole ? textOfAmount(bar.low) : null,
      volume: whole ? textOfAmount(bar.volume) : null,
      ema12: state.bars >= EMA_BARS.short ? textOfNumber(state.ema12) : null,
      ema26: state.bars >= EMA_BARS.long ? textOfNumber(state.ema26) : null,
      macd: isMacdStable ? textOfNumber(macd) : null,
      macd_signal: textOf(signal),
      macd_hist: textOf(signal === null ? null : macd - signal),
      rsi14: textOf(rsi),
      boll_mid: textOf(bands && bands.middle),
      boll_upper: textOf(bands && bands.middle + bands.deviation * BAND_WIDTH),
      boll_lower: textOf(bands && bands.middle - bands.deviation * BAND_WIDTH),
      vol_realized_w60s: textOf(this.#volatility()),
      vwap_session: this.#intraday
        ? textOf(sessionVwap(state.vwap, bar, this.#sessionAt(bar.startsAt)))
        : null,
      vwap_w5m: this.#intraday ? textOf(windowVwap(state.vwap, bar)) : null,
    })
  }

  #keep(close: number): void {
    const { closes } = this.#state
    const previous = closes.at(-1)
    if (previous !== undefined) this.#squaredReturns.push(squaredReturn(close, previous))
    closes.push(close)
    if (closes.length > VOLATILITY_BARS + 1) closes.shift()
    if (this.#squaredReturns.length > VOLATILITY_BARS) this.#squaredReturns.shift()
  }

  /** Root mean square of the last 60 bar-to-bar returns. */
  #volatility(): number | null {
    if (this.#squaredReturns.length < VOLATILITY_BARS) return null
    let sum = 0
    // by index: each number that an iterator gives is an object of its own
    for (let index = 0; index < VOLATILITY_BARS; index += 1) sum += this.#squaredReturns[index] ?? 0
    return Math.sqrt(sum / VOLATILITY_BARS)
  }
}

function newState(): IndicatorState {
  return {
    bars: 0,
    ema12: 0,
    ema26: 0,
    signal: null,
    rsi: { gains: [], losses: [], averageGain: null, averageLoss: null },
    closes: [],
    vwap: newVwap(),
  }
}

/** By hand: a fold is taken up and put away with every bar. */
function copyOf({ rsi, closes, vwap, ...numbers }: IndicatorState): IndicatorState {
  return {
    ...numbers,
    rsi: { ...rsi, gains: [...rsi.gains], losses: [...rsi.losses] },
    closes: [...closes],
    vwap: { ...vwap, window: [...vwap.window] },
  }
}

function averaged(value: number, previous: number, bars: number): number {
  const weight = 2 / (bars + 1)
  return value * weight + previous * (1 - weight)
}

function squaredReturn(close: number, previous: number): number {
  return (close / previous - 1) ** 2
}

/** Over the last 20; null with fewer. */
function bollinger(
  closes: readonly number[],
): { readonly middle: number; readonly deviation: number } | null {
  if (closes.length < BAND_BARS) return null
  const from = closes.length - BAND_BARS
  let sum = 0
  for (let index = from; index < closes.length; index += 1) sum += closes[index] ?? 0
  const middle = sum / BAND_BARS
  let squares = 0
  for (let index = from; index < closes.length; index += 1) squares += ((closes[index] ?? 0) - middle) ** 2
  return { middle, deviation: Math.sqrt(squares / BAND_BARS) }
}

/** Whether `features.bar` can be read from it; its close is the price. */
function isWhole({ open, high, low }: Bar): boolean {
  return open !== null && high !== null && low !== null
}

function textOfAmount(amount: Decimal | null): string | null {
  return amount === null ? null : formatDecimal(amount)
}

function textOf(value: number | null): string | null {
  return value === null ? null : textOfNumber(value)
}

/** Without the values that are not known yet. */
function knownOf(values: Record<string, string | null>): Record<string, string> {
  if (areKnown(values)) return values
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

function areKnown(values: Record<string, string | null>): values is Record<string, string> {
  for (const name in values) if (values[name] === null) return false
  return true
}
