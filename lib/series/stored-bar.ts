/** The bar in a signal that was made of one, and what a source told of a bar, to compare with what it tells later. Pure. */
import { formatDecimal, parseDecimal, type Decimal } from '../domain/decimal.ts'
import type { Json, Signal } from '../domain/signal.ts'
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import type { Bar } from '../market/bars.ts'
import type { Timeframe } from '../market/timeframe.ts'

export interface ToldBar {
  readonly endedAt: EpochMs
  /** Open, high, low, close, volume as one text. */
  readonly values: string
}

/** So many bars before the last are compared with what their source tells now. */
export const TOLD_BARS = 3

/** Null for a signal without a whole bar. Its start is that of a bar within a day; for longer ones the length before its end. */
export function storedBar({ payload, symbol, eventTs }: Signal, { durationMs }: Timeframe): Bar | null {
  const [open, high, low, close, volume] = ['open', 'high', 'low', 'price', 'volume'].map((name) =>
    decimalOf(payload[name]),
  )
  if (open == null || high == null || low == null || close == null || volume == null) return null
  return { startsAt: asEpochMs(eventTs - durationMs), symbol, open, high, low, close, volume }
}

export function toldOf({ open, high, low, close, volume }: Bar, endedAt: EpochMs): ToldBar {
  const values = [open, high, low, close, volume].map((value) => (value === null ? '' : formatDecimal(value)))
  return { endedAt, values: values.join(' ') }
}

/** What is kept of a series once a bar is told: in the order of ends, the last ones. */
export function toldAfter(
  told: readonly ToldBar[],
  bar: ToldBar,
  { durationMs }: Timeframe,
): readonly ToldBar[] {
  const others = told.filter(({ endedAt }) => endedAt !== bar.endedAt)
  const all = [...others, bar].sort((left, right) => left.endedAt - right.endedAt)
  const last = all.at(-1)?.endedAt ?? bar.endedAt
  return all.filter(({ endedAt }) => endedAt > last - TOLD_BARS * durationMs).slice(-TOLD_BARS)
}

function decimalOf(value: Json | undefined): Decimal | null {
  return typeof value === 'string' ? parseDecimal(value) : null
}
