/**
 * Pages of bars and of corporate actions in Alpaca's JSON. Prices are numbers there; they become Decimals by their shortest text.
 *
 * Invariant: a bar that is not whole is never guessed at: its symbol is told as unreadable, and nothing of it from there on.
 */
import * as z from 'zod/mini'
import { type Decimal, decimalOfNumber } from '../../domain/decimal.ts'
import { isCrypto, spelled } from '../../domain/symbol.ts'
import { asEpochMs, parseInstant, type EpochMs } from '../../domain/time.ts'
import type { SourceBar, Split } from '../../ports/bar-source.ts'

export interface BarPage {
  readonly bars: readonly SourceBar[]
  /** By symbol: what is wrong with its first bar that cannot be read. */
  readonly unreadable: ReadonlyMap<string, string>
  /** The token of the next page; null: this was the last one. */
  readonly next: string | null
}

const DAY_MS = 86_400_000

const barPage = z.object({
  bars: z.nullish(z.record(z.string(), z.nullable(z.array(z.unknown())))),
  next_page_token: z.nullish(z.string()),
})

const price = z.number().check(z.positive())
const wireBar = z.object({
  t: z.string(),
  o: price,
  h: price,
  l: price,
  c: price,
  v: z.number().check(z.nonnegative()),
})

/** Null for what is no page of bars. @param durationMs bars of a day or longer are named by their day */
export function readBarPage(json: unknown, durationMs: number): BarPage | null {
  const page = barPage.safeParse(json)
  if (!page.success) return null
  const bars: SourceBar[] = []
  const unreadable = new Map<string, string>()
  for (const [written, list] of Object.entries(page.data.bars ?? {})) {
    const symbol = spelled(written)
    for (const one of list ?? []) {
      const bar = readBar(symbol, one, durationMs)
      if (typeof bar === 'string') {
        unreadable.set(symbol, bar)
        break
      }
      bars.push(bar)
    }
  }
  return { bars, unreadable, next: page.data.next_page_token ?? null }
}

/** What is wrong with it, in words, for one that cannot be read. */
export function readBar(symbol: string, json: unknown, durationMs: number): SourceBar | string {
  const wire = wireBar.safeParse(json)
  if (!wire.success) return 'a bar without a time, prices above zero and a volume'
  const { t, o, h, l, c, v } = wire.data
  const at = parseInstant(t)
  const [open, high, low, close, volume] = [o, h, l, c, v].map(decimalOfNumber)
  if (at === null) return 'a bar whose time is no instant'
  if (isLong(durationMs) && isCrypto(symbol) && at % DAY_MS !== 0)
    return 'a day of coins that does not begin at midnight UTC'
  if (!open || !high || !low || !close || volume == null) return 'a bar with an amount out of range'
  if (low > high || open > high || open < low || close > high || close < low)
    return 'a bar whose high and low do not hold its open and close'
  return {
    startsAt: startOf(at, durationMs),
    symbol,
    open,
    high,
    low,
    close,
    volume: volume satisfies Decimal,
  }
}

/**
 * Of a day the midnight of its date in UTC, whatever midnight it is named by. A share's day is its session; a coin's has to be the
 * day itself: it began at midnight in Chicago once (https://github.com/alpacahq/alpaca-py/issues/169), begins at midnight UTC since
 * the middle of 2025 (https://github.com/Lumiwealth/lumibot/pull/826), and is written down nowhere.
 */
function startOf(at: EpochMs, durationMs: number): EpochMs {
  return isLong(durationMs) ? asEpochMs(Math.floor(at / DAY_MS) * DAY_MS) : at
}

function isLong(durationMs: number): boolean {
  return durationMs >= DAY_MS
}

const action = z.looseObject({
  symbol: z.optional(z.string()),
  old_symbol: z.optional(z.string()),
  ex_date: z.optional(z.string()),
  effective_date: z.optional(z.string()),
})
const actionPage = z.object({
  corporate_actions: z.record(z.string(), z.array(action)),
  next_page_token: z.nullish(z.string()),
})

/** Null for what is no page of corporate actions. */
export function readSplitPage(
  json: unknown,
): { readonly splits: readonly Split[]; readonly next: string | null } | null {
  const page = actionPage.safeParse(json)
  if (!page.success) return null
  const splits = Object.values(page.data.corporate_actions)
    .flat()
    .flatMap(({ symbol, old_symbol: before, ex_date: exDate, effective_date: effective }) => {
      const [named, date] = [symbol ?? before, exDate ?? effective]
      return named === undefined || date === undefined ? [] : [{ symbol: spelled(named), exDate: date }]
    })
  return { splits, next: page.data.next_page_token ?? null }
}
