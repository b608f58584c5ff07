/**
 * Bars and splits from Alpaca's Market Data API, through the official SDK's API classes, which neither page, retry nor queue by
 * themselves. Import it dynamically, as `alpaca-broker.ts`.
 *
 * Sources: https://docs.alpaca.markets/reference/stockbars ("The returned results are sorted by symbol first, then by bar
 * timestamp"; 10,000 bars a page), https://docs.alpaca.markets/reference/cryptobars-1,
 * https://docs.alpaca.markets/reference/corporateactions-1, https://docs.alpaca.markets/docs/about-market-data-api (200 requests a
 * minute in the free plan, apart from those of the Trading API), https://docs.alpaca.markets/docs/market-data-faq (403 for what
 * the plan does not have; no bar where nothing was traded).
 *
 * Invariants: one request a page, none beyond the budget; of a symbol whose bar cannot be read nothing later is given; prices are
 * asked for as they were traded (`raw`), since an adjusted one would change what is stored; credentials appear in no answer.
 */
import { marketData } from '@alpacahq/alpaca-trade-api/rest'
import type { RequestBudget } from '../../domain/request-budget.ts'
import type { MarketDataFeed } from '../../domain/settings.ts'
import { isCrypto } from '../../domain/symbol.ts'
import { asEpochMs, instant } from '../../domain/time.ts'
import type {
  BarAnswer,
  BarSourceOptions,
  BarQuery,
  BarSource,
  BarTrouble,
  SourceBar,
  Split,
} from '../../ports/bar-source.ts'
import { connectionTo } from './connection.ts'
import { replyOf, type Reply } from './reply.ts'
import { readBarPage, readSplitPage, type BarPage } from './wire-bars.ts'

export interface AlpacaBarsOptions extends BarSourceOptions {
  readonly timeoutMs?: number
  /** Carries requests; the process's own if absent. */
  readonly fetch?: typeof fetch
}

const BARS_PAGE = 10_000
const ACTIONS_PAGE = 1000
const DAY_MS = 86_400_000
/** What is processed some days before or after its ex-date is asked for as well. */
const ACTIONS_MARGIN_DAYS = 7
/** Whatever changes the scale of a price. */
const SPLIT_TYPES = 'forward_split,reverse_split,unit_split,stock_dividend'

/** Sends nothing. @throws ConfigurationError when the credentials cannot be sent as headers */
export function openAlpacaBars(options: AlpacaBarsOptions): BarSource {
  return new AlpacaBars(options)
}

class AlpacaBars implements BarSource {
  readonly #stocks: marketData.StockApi
  readonly #crypto: marketData.CryptoApi
  readonly #actions: marketData.CorporateActionsApi
  readonly #feed: MarketDataFeed
  readonly #budget: RequestBudget
  readonly #redact: (text: string) => string

  constructor({ baseUrl, feed, budget, ...options }: AlpacaBarsOptions) {
    const { parameters, redact } = connectionTo(baseUrl, options)
    const configuration = new marketData.Configuration(parameters)
    this.#stocks = new marketData.StockApi(configuration)
    this.#crypto = new marketData.CryptoApi(configuration)
    this.#actions = new marketData.CorporateActionsApi(configuration)
    this.#feed = feed
    this.#budget = budget
    this.#redact = redact
  }

  get requests(): number {
    return this.#budget.spent
  }

  async readBars(query: BarQuery): Promise<BarAnswer> {
    const bars: SourceBar[] = []
    const unreadable = new Map<string, string>()
    let pageToken: string | null = null
    for (;;) {
      const page: BarPage | BarTrouble = await this.#page(query, pageToken)
      if ('kind' in page) return { bars, unreadable, trouble: page }
      // what a later page has of an unreadable symbol lies behind a hole
      bars.push(...page.bars.filter(({ symbol }) => !unreadable.has(symbol)))
      for (const [symbol, reason] of page.unreadable) unreadable.set(symbol, unreadable.get(symbol) ?? reason)
      if (page.next === null) return { bars, unreadable, trouble: null }
      pageToken = page.next
    }
  }

  async readSplits(symbols: readonly string[], from: string, to: string): Promise<readonly Split[] | null> {
    const splits: Split[] = []
    const start = new Date(instant(`${from}T00:00:00Z`) - ACTIONS_MARGIN_DAYS * DAY_MS)
    const end = new Date(instant(`${to}T00:00:00Z`) + ACTIONS_MARGIN_DAYS * DAY_MS)
    let pageToken: string | undefined
    do {
      const asked = { symbols: symbols.join(','), types: SPLIT_TYPES, start, end, limit: ACTIONS_PAGE }
      const reply = await this.#request(() =>
        this.#actions.corporateActionsRaw({ ...asked, ...(pageToken === undefined ? {} : { pageToken }) }),
      )
      const page = reply.kind === 'read' ? readSplitPage(reply.json) : null
      if (page === null) return null
      splits.push(...page.splits.filter(({ exDate }) => exDate >= from && exDate <= to))
      pageToken = page.next ?? undefined
    } while (pageToken !== undefined)
    return splits
  }

  async #page(
    { symbols, timeframe, from, to }: BarQuery,
    token: string | null,
  ): Promise<BarPage | BarTrouble> {
    const asked = {
      symbols: symbols.join(','),
      timeframe: timeframe.name,
      start: new Date(from),
      // bars of days are named by an instant within their day
      end: new Date(timeframe.durationMs < DAY_MS ? to : asEpochMs(to + DAY_MS)),
      limit: BARS_PAGE,
      sort: 'asc' as const,
      ...(token === null ? {} : { pageToken: token }),
    }
    const reply = await this.#request(() =>
      symbols.some(isCrypto)
        ? this.#crypto.cryptoBarsRaw({ ...asked, loc: 'us' })
        : this.#stocks.stockBarsRaw({ ...asked, feed: this.#feed, adjustment: 'raw' }),
    )
    if (reply.kind !== 'read') return troubleOf(reply)
    return (
      readBarPage(reply.json, timeframe.durationMs) ?? {
        kind: 'unavailable',
        reason: 'not in the expected form',
      }
    )
  }

  async #request(call: () => Promise<{ readonly raw: Response }>): Promise<Reply> {
    if (!this.#budget.take()) return { kind: 'not_sent' }
    return replyOf(call, this.#redact)
  }
}

function troubleOf(reply: Exclude<Reply, { kind: 'read' }>): BarTrouble {
  if (reply.kind === 'not_sent') return { kind: 'rate_limited' }
  if (reply.kind === 'unreadable') return { kind: 'unavailable', reason: reply.reason }
  if (reply.status === 429) return { kind: 'rate_limited' }
  // a page of something in front of it says nothing about what was asked
  if (reply.status >= 500 || !reply.isOwn) return { kind: 'unavailable', reason: `status ${reply.status}` }
  return { kind: 'refused', status: reply.status, reason: reply.body }
}
