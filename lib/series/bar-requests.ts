/**
 * How what is wanted of many series is asked for in few requests. Pure.
 *
 * A request has one range for all its symbols and gives the bars of all of them, so those that were left behind about as far are
 * asked for together: within a group no range is more than twice as long as a member needs.
 */
import { isCrypto } from '../domain/symbol.ts'
import type { EpochMs } from '../domain/time.ts'
import type { BarQuery } from '../ports/bar-source.ts'
import type { WantedSeries } from './wanted-series.ts'

/** A series and the start of the first bar that is wanted of it. */
export interface AskedSeries {
  readonly wanted: WantedSeries
  readonly from: EpochMs
}

/** Characters of symbols in one request, far below what an address may hold. */
const MOST_TEXT = 4000

/** @param to the start of the last bar that may be closed, and later ones are no harm */
export function barRequests(asked: readonly AskedSeries[], to: EpochMs): readonly BarQuery[] {
  const groups = new Map<string, AskedSeries[]>()
  for (const one of asked) {
    const { symbol, timeframe } = one.wanted
    const behind = Math.max(1, Math.ceil((to - one.from) / timeframe.durationMs))
    const key = `${isCrypto(symbol)} ${timeframe.name} ${Math.ceil(Math.log2(behind))}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].flatMap((group) => chunks(group, to))
}

function chunks(group: readonly AskedSeries[], to: EpochMs): BarQuery[] {
  const [first] = group
  if (first === undefined) return []
  const { timeframe } = first.wanted
  const from = group.reduce((least, one) => (one.from < least ? one.from : least), first.from)
  const queries: string[][] = [[]]
  let text = 0
  for (const { wanted } of group) {
    text += wanted.symbol.length + 3
    if (text > MOST_TEXT) {
      queries.push([])
      text = wanted.symbol.length + 3
    }
    queries.at(-1)?.push(wanted.symbol)
  }
  return queries.map((symbols) => ({ symbols, timeframe, from, to }))
}

/** The two halves of a request that was refused, to find the symbol that it was refused for; none of one symbol. */
export function halves(query: BarQuery): readonly BarQuery[] {
  const { symbols } = query
  if (symbols.length < 2) return []
  const middle = Math.ceil(symbols.length / 2)
  return [
    { ...query, symbols: symbols.slice(0, middle) },
    { ...query, symbols: symbols.slice(middle) },
  ]
}
