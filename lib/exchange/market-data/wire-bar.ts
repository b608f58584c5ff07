/**
 * A bar as Alpaca's data API tells it (https://docs.alpaca.markets/reference/stockbars): numbers, named by its start, which of days is
 * midnight in New York.
 *
 * A bars file knows neither trades nor their prices: one trade is told, at the mean of high, low and close.
 */
import { asDecimal, div, decimal, formatDecimal, round, ZERO, type Decimal } from '../../domain/decimal.ts'
import { isCrypto } from '../../domain/symbol.ts'
import { asEpochMs, formatInstant, type EpochMs } from '../../domain/time.ts'
import { sessionsOf } from '../../market/bar-series.ts'
import type { Bar } from '../../market/bars.ts'
import { type Timeframe, isDaily } from '../../market/timeframe.ts'
import type { MarketTape } from './market-tape.ts'

export interface WireBar {
  readonly t: string
  readonly o: number
  readonly h: number
  readonly l: number
  readonly c: number
  readonly v: number
  /** How many trades. */
  readonly n: number
  /** Their average price, weighted by volume. */
  readonly vw: number
}

const THREE = decimal(3)
/** From midnight to the session's open at 9:30, on days on which the clocks are not changed. */
const OPENS_AFTER_MS = 34_200_000
const DAY_MS = 86_400_000

export function wireBar(bar: Bar, startsAt: EpochMs): WireBar {
  const { open, high, low, close, volume } = bar
  const [top, bottom] = [high ?? close, low ?? close]
  return {
    t: formatInstant(startsAt),
    o: numberOf(open ?? close),
    h: numberOf(top),
    l: numberOf(bottom),
    c: numberOf(close),
    v: numberOf(volume ?? ZERO),
    n: 1,
    vw: numberOf(round(div(asDecimal(top + bottom + close), THREE), 6)),
  }
}

/** The instant that names a bar: its start. */
export function namedBy(bar: Bar, timeframe: Timeframe, { calendar }: MarketTape): EpochMs {
  if (!isDaily(timeframe) || isCrypto(bar.symbol)) return bar.startsAt
  const first = sessionsOf(bar, timeframe, calendar)?.first
  // a day that is always open begins at midnight as it is
  const midnight = first === undefined ? 0 : Math.max(0, (first.opensAt % DAY_MS) - OPENS_AFTER_MS)
  return asEpochMs(bar.startsAt + midnight)
}

function numberOf(value: Decimal): number {
  return Number(formatDecimal(value))
}
