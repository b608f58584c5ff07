/**
 * Signals from bars: one signal per bar, with the bar, the usual indicators under the names of feature contract v3, and
 * those of the user's module under their own.
 *
 * Invariants: a bar's signal depends on that bar and earlier ones of its symbol only; an indicator is left
 * out until it has seen as many bars as it is defined over, so the first 33 bars of a symbol make signals
 * that feature normalisation refuses as `missing_required_features`, visibly, instead of vanishing; values
 * are texts with at most 8 fractional digits, so that equal bars give byte-equal payloads.
 */
import { BollingerBands, EMA, MACD, RSI, VWAP } from 'trading-signals'
import { compare } from '../domain/compare.ts'
import { textOfNumber } from '../domain/decimal-text.ts'
import { type Decimal, formatDecimal } from '../domain/decimal.ts'
import type { Indicator, IndicatorBar } from '../domain/indicator.ts'
import type { Signal } from '../domain/signal.ts'
import { type EpochMs, formatInstant } from '../domain/time.ts'
import { barEnd, dateOf, seriesOf } from './bar-series.ts'
import type { Bar } from './bars.ts'
import { CustomValues } from './custom-values.ts'
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import { newYorkDays } from './new-york-day.ts'
import { ONE_MINUTE, type Timeframe } from './timeframe.ts'

/** A bar that makes no signal, since its exchange was closed on its day. */
export interface SkippedRow {
  readonly symbol: string
  /** `YYYY-MM-DD`. */
  readonly date: string
}

export interface BarSignals {
  readonly signals: readonly Signal[]
  readonly skipped: readonly SkippedRow[]
}

/** The source of signals that are made of bars. */
export const BARS_SOURCE = 'ta'

const DECIMAL_UNITS = 1e8
/** Bars over which the realised volatility is measured: the minute of second bars it is named after. */
const VOLATILITY_BARS = 60
const VWAP_WINDOW_MS = 300_000
const EMA_BARS = { short: 12, long: 26, signal: 9 } as const
/** The MACD's signal line averages 9 MACD values, the first of which needs 26 bars. */
const MACD_STABLE_AT = EMA_BARS.long + EMA_BARS.signal - 1

/**
 * Makes one signal per bar, ordered by `eventTs`, then symbol. A bar's identity is its symbol, timeframe and end: `seq` is
 * the end in epoch seconds, so that a bar is the same signal in whichever window of bars it comes.
 * @param bars each symbol's bars in ascending order
 * @param own the user's indicators
 * @throws ConfigurationError when one of them fails
 */
export function signalsFromBars(
  bars: readonly Bar[],
  calendar: ExchangeCalendar,
  own: readonly Indicator[] = [],
): BarSignals {
  const signals: Signal[] = []
  const skipped: SkippedRow[] = []
  const dayOf = newYorkDays()
  for (const { symbol, timeframe, bars: series } of seriesOf(bars)) {
    const indicators = new Indicators(
      timeframe,
      (at) => calendar.sessionAt(symbol, at)?.opensAt ?? -1 - dayOf(at),
    )
    const custom = new CustomValues(own)
    for (const bar of series) {
      const at = barEnd(bar, timeframe, calendar)
      if (at === null) {
        skipped.push({ symbol, date: dateOf(bar.startsAt) })
        continue
      }
      const payload = indicators.next(bar)
      if (own.length > 0) custom.addTo(payload, seenBy(bar, timeframe, at))
      signals.push({
        eventTs: at,
        symbol,
        timeframe: timeframe.name,
        seq: Math.floor(at / 1000),
        source: BARS_SOURCE,
        ingestTs: at,
        payload,
      })
    }
  }
  signals.sort((left, right) => left.eventTs - right.eventTs || compare(left.symbol, right.symbol))
  return { signals, skipped }
}

function seenBy(
  { symbol, open, high, low, close, volume }: Bar,
  timeframe: Timeframe,
  endedAt: EpochMs,
): IndicatorBar {
  const eventTs = formatInstant(endedAt)
  return Object.freeze({ eventTs, symbol, timeframe: timeframe.name, open, high, low, close, volume })
}

/** What `features.bar` is read from; its close is the price. */
function wholeBar({ open, high, low, volume }: Bar): Readonly<Record<string, string>> {
  if (open === null || high === null || low === null) return {}
  const prices = { open: formatDecimal(open), high: formatDecimal(high), low: formatDecimal(low) }
  return volume === null ? prices : { ...prices, volume: formatDecimal(volume) }
}

/** The indicators of one symbol, bar by bar. */
class Indicators {
  readonly #intraday: boolean
  readonly #sessionAt: (at: EpochMs) => number
  readonly #ema12 = new EMA(EMA_BARS.short)
  readonly #ema26 = new EMA(EMA_BARS.long)
  readonly #macd = new MACD(new EMA(EMA_BARS.short), new EMA(EMA_BARS.long), new EMA(EMA_BARS.signal))
  readonly #rsi14 = new RSI(14)
  readonly #bollinger = new BollingerBands(20, 2)
  #sessionVwap = new VWAP()
  #session: number | null = null
  readonly #window: { readonly startsAt: number; readonly traded: number; readonly volume: number }[] = []
  readonly #squaredReturns: number[] = []
  #previousClose: number | null = null
  #bars = 0

  /** @param sessionAt a number for each session of the symbol */
  constructor(timeframe: Timeframe, sessionAt: (at: EpochMs) => number) {
    this.#sessionAt = sessionAt
    this.#intraday = timeframe.durationMs <= ONE_MINUTE.durationMs
  }

  next(bar: Bar): Record<string, string> {
    const close = Number(bar.close) / DECIMAL_UNITS
    this.#bars += 1
    const payload: Record<string, string> = { price: formatDecimal(bar.close), ...wholeBar(bar) }
    const put = (name: string, value: number | null | undefined, stableAt: number) => {
      if (value !== null && value !== undefined && this.#bars >= stableAt) payload[name] = textOfNumber(value)
    }
    put('ema12', this.#ema12.add(close), EMA_BARS.short)
    put('ema26', this.#ema26.add(close), EMA_BARS.long)
    const macd = this.#macd.add(close)
    put('macd', macd?.macd, MACD_STABLE_AT)
    put('macd_signal', macd?.signal, MACD_STABLE_AT)
    put('macd_hist', macd?.histogram, MACD_STABLE_AT)
    put('rsi14', this.#rsi14.add(close), 0)
    const bands = this.#bollinger.add(close)
    put('boll_mid', bands?.middle, 0)
    put('boll_upper', bands?.upper, 0)
    put('boll_lower', bands?.lower, 0)
    put('vol_realized_w60s', this.#volatility(close), 0)
    if (this.#intraday) {
      put('vwap_session', this.#vwapOfSession(bar), 0)
      put('vwap_w5m', this.#vwapOfWindow(bar), 0)
    }
    return payload
  }

  /** Root mean square of the last 60 bar-to-bar returns. */
  #volatility(close: number): number | null {
    if (this.#previousClose !== null) this.#squaredReturns.push((close / this.#previousClose - 1) ** 2)
    this.#previousClose = close
    if (this.#squaredReturns.length > VOLATILITY_BARS) this.#squaredReturns.shift()
    if (this.#squaredReturns.length < VOLATILITY_BARS) return null
    let sum = 0
    for (const square of this.#squaredReturns) sum += square
    return Math.sqrt(sum / VOLATILITY_BARS)
  }

  /** Since the symbol's session has opened, by the calendar; bars outside of it on the exchange's day are by themselves. */
  #vwapOfSession(bar: Bar): number | null {
    const session = this.#sessionAt(bar.startsAt)
    if (session !== this.#session) this.#sessionVwap = new VWAP()
    this.#session = session
    const { high, low, close, volume } = bar
    if (high === null || low === null || volume === null) return null
    const candle = { high: number(high), low: number(low), close: number(close), volume: number(volume) }
    return this.#sessionVwap.add(candle) ?? this.#sessionVwap.getResult()
  }

  /** Over the bars of the five minutes that end with this bar. */
  #vwapOfWindow(bar: Bar): number | null {
    const { high, low, close, volume } = bar
    if (high === null || low === null || volume === null) return null
    const typical = (number(high) + number(low) + number(close)) / 3
    this.#window.push({ startsAt: bar.startsAt, traded: typical * number(volume), volume: number(volume) })
    while ((this.#window[0]?.startsAt ?? bar.startsAt) <= bar.startsAt - VWAP_WINDOW_MS) this.#window.shift()
    let shares = 0
    let traded = 0
    for (const entry of this.#window) {
      shares += entry.volume
      traded += entry.traded
    }
    return shares === 0 ? null : traded / shares
  }
}

function number(value: Decimal): number {
  return Number(value) / DECIMAL_UNITS
}
