/**
 * What a request for historical bars asks for, or why it is refused (https://docs.alpaca.markets/reference/stockbars and
 * .../cryptobars-1). Parameters that change nothing about the bars of a file are read and passed over: `adjustment`, `asof`,
 * `currency`. Pure.
 */
import { asEpochMs, parseInstant, type EpochMs } from '../../domain/time.ts'
import { type AskedTimeframe, parseTimeframe } from './coarser-bars.ts'
import { dataRefusal, type DataRefusal } from './data-refusal.ts'
import { type Feed, FEEDS, isRecentSip, NO_RECENT_SIP } from './feeds.ts'

export interface BarsQuery {
  /** In alphabetical order, each once. */
  readonly symbols: readonly string[]
  readonly timeframe: AskedTimeframe
  /** Inclusive, as is the end. */
  readonly start: EpochMs
  readonly end: EpochMs
  readonly limit: number
  readonly descending: boolean
  /** What the page before ended with; null for the first. */
  readonly after: PagePlace | null
}

/** A page's last bar. */
export interface PagePlace {
  readonly symbol: string
  readonly at: EpochMs
}

/** What the data endpoints have of shares and of coins. */
export type AssetClass = 'stocks' | 'crypto'

const LIMIT = 1000
const MOST = 10_000
const SYMBOLS: Readonly<Record<AssetClass, RegExp>> = {
  stocks: /^[A-Z0-9]{1,12}(\.[A-Z0-9]{1,4})?$/,
  crypto: /^[A-Z0-9]{1,12}\/[A-Z0-9]{1,8}$/,
}
const DAY_MS = 86_400_000

/** @param feeds what the key's plan has in real time */
export function readBarsQuery(
  query: URLSearchParams,
  assets: AssetClass,
  now: EpochMs,
  feeds: readonly Feed[],
): BarsQuery | DataRefusal {
  const symbols = readSymbols(query, assets)
  if ('status' in symbols) return symbols
  const timeframe = parseTimeframe(query.get('timeframe') ?? '')
  if (timeframe === null) return dataRefusal(400, `invalid timeframe: ${query.get('timeframe') ?? ''}`)
  const [start, end] = [readTime(query.get('start'), 'start'), readTime(query.get('end'), 'end')]
  if (start === 'unreadable')
    return dataRefusal(400, `Invalid format for parameter start: ${query.get('start')}`)
  if (end === 'unreadable') return dataRefusal(400, `Invalid format for parameter end: ${query.get('end')}`)
  const limit = Number(query.get('limit') ?? LIMIT)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    return dataRefusal(400, `invalid limit: must be between 1 and ${MOST}`)
  }
  const sort = query.get('sort') ?? 'asc'
  if (sort !== 'asc' && sort !== 'desc') return dataRefusal(400, `invalid sort: ${sort}`)
  const token = query.get('page_token')
  const after = token === null ? null : readPageToken(token)
  if (token !== null && after === null) return dataRefusal(400, 'invalid page token')
  const feed = readFeed(query, feeds)
  if (feed !== null && typeof feed !== 'string') return feed
  const until = end ?? now
  const from = start ?? asEpochMs(Math.floor(now / DAY_MS) * DAY_MS)
  if (from > until) return dataRefusal(400, 'end should not be before start')
  if (assets === 'stocks' && isRecentSip(feed, feeds, until, now)) return NO_RECENT_SIP
  return { symbols, timeframe, start: from, end: until, limit, descending: sort === 'desc', after }
}

/** The symbols that a request names; a name that none can have refuses all of it. */
export function readSymbols(query: URLSearchParams, assets: AssetClass): readonly string[] | DataRefusal {
  const named = (query.get('symbols') ?? '').split(',').filter((symbol) => symbol !== '')
  if (named.length === 0) return dataRefusal(400, 'symbols is required')
  const wrong = named.find((symbol) => !SYMBOLS[assets].test(symbol))
  if (wrong !== undefined) return dataRefusal(400, `invalid symbol: ${wrong}`)
  return [...new Set(named)].sort()
}

/** The feed that is asked for; null where the plan's best is meant. */
export function readFeed(query: URLSearchParams, feeds: readonly Feed[]): Feed | null | DataRefusal {
  const asked = query.get('feed')
  if (asked === null) return feeds.includes('sip') ? 'sip' : null
  return FEEDS.find((feed) => feed === asked) ?? dataRefusal(400, `invalid feed: ${asked}`)
}

/** What the next page is asked for by: its form is the broker's own and says nothing to clients. */
export function pageToken({ symbol, at }: PagePlace): string {
  return Buffer.from(`${symbol}|M|${at}`).toString('base64')
}

function readPageToken(token: string): PagePlace | null {
  const [symbol = '', , at = '', ...rest] = Buffer.from(token, 'base64').toString('utf8').split('|')
  return symbol !== '' && /^\d+$/.test(at) && rest.length === 0 ? { symbol, at: asEpochMs(Number(at)) } : null
}

/** An instant or a date, which as an end means all of it; null where nothing is said. */
function readTime(text: string | null, side: 'start' | 'end'): EpochMs | null | 'unreadable' {
  if (text === null) return null
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const at = parseInstant(date ? `${text}T00:00:00Z` : text)
  if (at === null) return 'unreadable'
  return date && side === 'end' ? asEpochMs(at + DAY_MS - 1) : at
}
