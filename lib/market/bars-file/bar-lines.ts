/** A bars file as it is written (docs/files.md#bars): what `parseBars` reads back as it was. */
import { formatDecimal } from '../../domain/decimal.ts'
import { formatInstant } from '../../domain/time.ts'
import type { Bar } from '../bars.ts'
import { dateOf } from '../bar-series.ts'

export const BARS_HEADER = 'timestamp,symbol,open,high,low,close,volume\n'

/** @param isDaily bars of days are named by their trading day alone */
export function barLine({ startsAt, symbol, open, high, low, close, volume }: Bar, isDaily: boolean): string {
  const time = isDaily ? dateOf(startsAt) : formatInstant(startsAt)
  const prices = [open ?? close, high ?? close, low ?? close, close].map(formatDecimal)
  return `${[time, symbol, ...prices, volume === null ? 0 : formatDecimal(volume)].join(',')}\n`
}
