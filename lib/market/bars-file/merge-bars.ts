/**
 * Bars of several files as one: a symbol may go on in another file, and a bar that two files hold alike counts once.
 *
 * Invariant: a symbol has one timeframe; a bar that two files tell differently is refused.
 */
import { ConfigurationError, type Violation } from '../../domain/errors.ts'
import { formatInstant } from '../../domain/time.ts'
import { BarColumns } from '../bar-columns.ts'
import { GroupedBars } from '../bar-series.ts'
import type { Bar, BarSeries } from '../bars.ts'

export interface ReadBars {
  /** For messages. */
  readonly file: string
  readonly bars: GroupedBars
}

/** What a file holds of one symbol, and the bar at which the merging has come to. */
interface Part {
  /** The file's place among the others. */
  readonly order: number
  readonly file: string
  readonly bars: Iterator<Bar>
  head: Bar
}

interface Found {
  readonly order: number
  readonly violation: Violation
}

/** Orders each symbol's bars by time. @throws ConfigurationError with every violation, by file. */
export function mergeBars(files: readonly ReadBars[]): GroupedBars {
  const [only] = files
  if (only !== undefined && files.length === 1) return only.bars
  const found: Found[] = []
  const symbols = new Set(files.flatMap(({ bars }) => bars.series.map(({ symbol }) => symbol)))
  const merged = Array.from(symbols, (symbol) => {
    const parts: Part[] = []
    let timeframe: string | null = null
    for (const [order, { file, bars }] of files.entries()) {
      const own = bars.series.find((series) => series.symbol === symbol)
      if (own === undefined) continue
      if (own.bars.length > 1) {
        timeframe ??= own.timeframe.name
        if (timeframe !== own.timeframe.name) {
          const violation = {
            path: file,
            found: `${symbol} in ${own.timeframe.name}`,
            allowed: `${timeframe}, as before: a symbol has one timeframe in a run of bars`,
          }
          found.push({ order, violation })
          // bars of another length differ in every line, which says no more
          continue
        }
      }
      parts.push(...partOf(order, file, own))
    }
    return new BarColumns(symbol, inOrder(parts, found))
  })
  if (found.length === 0) return new GroupedBars(merged)
  const violations = found.sort((left, right) => left.order - right.order).map(({ violation }) => violation)
  throw new ConfigurationError('The bars', violations.slice(0, 20))
}

function partOf(order: number, file: string, { bars: all }: BarSeries): Part[] {
  const bars = all[Symbol.iterator]()
  const first = bars.next()
  return first.done === true ? [] : [{ order, file, bars, head: first.value }]
}

/** Each bar once, of the first file that holds it; only files that have begun by then are looked at. */
function* inOrder(parts: readonly Part[], found: Found[]): Generator<Bar> {
  const later = parts.toSorted((left, right) => right.head.startsAt - left.head.startsAt)
  let begun: Part[] = []
  while (later.length > 0 || begun.length > 0) {
    const at = Math.min(
      ...[later.at(-1), ...begun].map((part) => part?.head.startsAt ?? Number.POSITIVE_INFINITY),
    )
    while (later.at(-1)?.head.startsAt === at) begun.push(...later.splice(-1))
    const [first, ...others] = begun
      .filter(({ head }) => head.startsAt === at)
      .sort((left, right) => left.order - right.order)
    if (first === undefined) return
    for (const { order, file, head } of others) {
      if (isSame(head, first.head)) continue
      const another = `another bar of ${head.symbol} at ${formatInstant(head.startsAt)}`
      found.push({
        order,
        violation: { path: file, found: another, allowed: `the same as in ${first.file}` },
      })
    }
    yield first.head
    begun = begun.filter((part) => part.head.startsAt !== at || goOn(part))
  }
}

/** False at a part's end. */
function goOn(part: Part): boolean {
  const next = part.bars.next()
  if (next.done !== true) part.head = next.value
  return next.done !== true
}

function isSame(left: Bar, right: Bar): boolean {
  return (['open', 'high', 'low', 'close', 'volume'] as const).every((name) => left[name] === right[name])
}
