/**
 * Reads what is wanted of a source in few requests, and splits of it once a day (docs/market-data.md).
 *
 * Invariants: a symbol that the source refuses, or tells unreadably, costs no other symbol its bars; what is refused for the key
 * or the plan is not asked a second time in a run.
 */
import { isCrypto } from '../domain/symbol.ts'
import { halves } from '../series/bar-requests.ts'
import type { BarQuery, BarSource, BarTrouble, SourceBar } from '../ports/bar-source.ts'

export interface ReadBars {
  /** By series: symbol and timeframe. */
  readonly bars: ReadonlyMap<string, readonly SourceBar[]>
  /** Series of which an answer has come, all of it. */
  readonly answered: ReadonlySet<string>
  readonly troubles: readonly ReadTrouble[]
}

export interface ReadTrouble {
  readonly kind: BarTrouble['kind'] | 'unreadable' | 'unknown_symbol'
  readonly reason: string
  /** Null: all that the request asked for. */
  readonly symbol: string | null
}

const AT_ONCE = 4
/** Refusals that are about the request, perhaps for one of its symbols; the others are about who asks. */
const ABOUT_SYMBOLS: ReadonlySet<number> = new Set([400, 404, 422])

export function barKey(symbol: string, timeframe: string): string {
  return `${symbol} ${timeframe}`
}

export class BarReader {
  readonly #refused = new Set<string>()
  readonly #exDates = new Map<string, readonly string[]>()
  #exDatesOf = ''

  /** Whether the source knows no such symbol, by its own word. */
  isRefused(symbol: string): boolean {
    return this.#refused.has(symbol)
  }

  async read(source: BarSource, queries: readonly BarQuery[]): Promise<ReadBars> {
    const bars = new Map<string, SourceBar[]>()
    const answered = new Set<string>()
    const troubles: ReadTrouble[] = []
    const queue = [...queries]
    let stopped = false
    const worker = async () => {
      for (let query = queue.shift(); query !== undefined && !stopped; query = queue.shift()) {
        const { timeframe, symbols } = query
        const answer = await source.readBars(query)
        const asked = new Set(symbols)
        for (const bar of answer.bars) {
          if (!asked.has(bar.symbol)) continue
          const key = barKey(bar.symbol, timeframe.name)
          bars.set(key, [...(bars.get(key) ?? []), bar])
        }
        for (const [symbol, reason] of answer.unreadable)
          troubles.push({ kind: 'unreadable', reason, symbol })
        const { trouble } = answer
        if (trouble === null) {
          for (const symbol of symbols) {
            if (!answer.unreadable.has(symbol)) answered.add(barKey(symbol, timeframe.name))
          }
        } else if (trouble.kind === 'refused' && ABOUT_SYMBOLS.has(trouble.status)) {
          const parts = halves(query)
          queue.push(...parts)
          const [symbol] = symbols
          if (parts.length === 0 && symbol !== undefined) {
            this.#refused.add(symbol)
            troubles.push({ kind: 'unknown_symbol', reason: trouble.reason, symbol })
          }
        } else {
          troubles.push({ kind: trouble.kind, reason: inWords(trouble), symbol: null })
          stopped ||= trouble.kind !== 'unavailable'
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return { bars, answered, troubles }
  }

  /**
   * Days on which the scale of a share's price changed, by symbol, up to a date; asked for once for each date and symbol.
   * Null: the source does not say.
   */
  async exDates(
    source: BarSource,
    symbols: readonly string[],
    from: string,
    to: string,
  ): Promise<ReadonlyMap<string, readonly string[]> | null> {
    if (this.#exDatesOf !== to) this.#exDates.clear()
    this.#exDatesOf = to
    const unknown = symbols.filter((symbol) => !isCrypto(symbol) && !this.#exDates.has(symbol))
    if (unknown.length === 0) return this.#exDates
    const splits = await source.readSplits(unknown, from, to)
    if (splits === null) return null
    for (const symbol of unknown) {
      this.#exDates.set(
        symbol,
        splits.filter((one) => one.symbol === symbol).map(({ exDate }) => exDate),
      )
    }
    return this.#exDates
  }
}

function inWords(trouble: BarTrouble): string {
  if (trouble.kind === 'rate_limited') return 'too many requests'
  return trouble.kind === 'refused' ? `status ${trouble.status}: ${trouble.reason}` : trouble.reason
}
