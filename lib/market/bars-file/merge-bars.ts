/**
 * Bars of several files as one: a symbol may go on in another file, and a bar that two files hold alike counts once.
 *
 * Invariant: a symbol has one timeframe; a bar that two files tell differently is refused.
 */
import { ConfigurationError, type Violation } from '../../domain/errors.ts'
import { formatInstant } from '../../domain/time.ts'
import type { Bar } from '../bars.ts'
import { seriesOf } from '../bar-series.ts'

export interface ReadBars {
  /** For messages. */
  readonly file: string
  readonly bars: readonly Bar[]
}

/** Orders each symbol's bars by time. @throws ConfigurationError with every violation, by file. */
export function mergeBars(files: readonly ReadBars[]): Bar[] {
  const [only] = files
  if (only !== undefined && files.length === 1) return [...only.bars]
  const violations: Violation[] = []
  const merged = new Map<string, Map<number, { readonly bar: Bar; readonly file: string }>>()
  const timeframes = new Map<string, string>()
  for (const { file, bars } of files) {
    for (const { symbol, timeframe, bars: own } of seriesOf(bars)) {
      const before = timeframes.get(symbol)
      if (own.length > 1 && before !== undefined && before !== timeframe.name) {
        violations.push({
          path: file,
          found: `${symbol} in ${timeframe.name}`,
          allowed: `${before}, as before`,
        })
      }
      if (own.length > 1) timeframes.set(symbol, before ?? timeframe.name)
      const known = merged.get(symbol) ?? new Map()
      merged.set(symbol, known)
      for (const bar of own) {
        const other = known.get(bar.startsAt)
        if (other === undefined) known.set(bar.startsAt, { bar, file })
        else if (!isSame(bar, other.bar)) {
          const found = `another bar of ${symbol} at ${formatInstant(bar.startsAt)}`
          violations.push({ path: file, found, allowed: `the same as in ${other.file}` })
        }
      }
    }
  }
  if (violations.length > 0) throw new ConfigurationError('The bars', violations.slice(0, 20))
  return [...merged.values()].flatMap((own) =>
    [...own.values()].map(({ bar }) => bar).sort((left, right) => left.startsAt - right.startsAt),
  )
}

function isSame(left: Bar, right: Bar): boolean {
  return (['open', 'high', 'low', 'close', 'volume'] as const).every((name) => left[name] === right[name])
}
