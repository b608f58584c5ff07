/** The data endpoints: what each request for bars is answered, from what the tape shows by now. Pure. */
import { isCrypto } from '../../domain/symbol.ts'
import type { EpochMs } from '../../domain/time.ts'
import { isDaily } from '../../market/timeframe.ts'
import type { DataRouteName } from '../faults.ts'
import { answerActions } from './answer-actions.ts'
import {
  type AssetClass,
  type BarsQuery,
  pageToken,
  readBarsQuery,
  readFeed,
  readSymbols,
} from './bars-query.ts'
import { coarserBars } from './coarser-bars.ts'
import type { DataAnswer } from './data-refusal.ts'
import { type Feed, isRecentSip, NO_RECENT_SIP } from './feeds.ts'
import type { MarketTape, TapeSeries } from './market-tape.ts'
import { namedBy, type WireBar, wireBar } from './wire-bar.ts'

/** @param feeds what the key's plan has in real time */
export function answerBars(
  route: DataRouteName,
  query: URLSearchParams,
  tape: MarketTape,
  feeds: readonly Feed[],
): DataAnswer {
  if (route === 'GET /v1/corporate-actions') return answerActions(query, tape)
  const assets = route.includes('/crypto/') ? 'crypto' : 'stocks'
  return route.includes('latest')
    ? latestBars(query, assets, tape, feeds)
    : historicalBars(query, assets, tape, feeds)
}

function historicalBars(
  params: URLSearchParams,
  assets: AssetClass,
  tape: MarketTape,
  feeds: readonly Feed[],
): DataAnswer {
  const query = readBarsQuery(params, assets, tape.clock.now(), feeds)
  if ('status' in query) return { status: query.status, json: query.body }
  const bars: Record<string, WireBar[]> = {}
  let count = 0
  let last: { readonly symbol: string; readonly at: EpochMs } | null = null
  for (const { symbol, at, bar } of askedBars(query, assets, tape)) {
    if (count === query.limit) return ok(bars, last === null ? null : pageToken(last))
    const own = (bars[symbol] ??= [])
    own.push(bar)
    last = { symbol, at }
    count += 1
  }
  return ok(bars, null)
}

interface AskedBar {
  readonly symbol: string
  readonly at: EpochMs
  readonly bar: WireBar
}

/** By symbol, then by time: all of the query's bars that come after its page. */
function* askedBars(query: BarsQuery, assets: AssetClass, tape: MarketTape): Generator<AskedBar> {
  const { start, end, descending, after } = query
  for (const symbol of query.symbols) {
    const series = tape.series(symbol)
    if (series === undefined || isCrypto(symbol) !== (assets === 'crypto')) continue
    if (after !== null && symbol < after.symbol) continue
    const named = namedBars(series, query, tape)
    for (const { at, bar } of descending ? named.reverse() : named) {
      const isBefore = after?.symbol === symbol && (descending ? at >= after.at : at <= after.at)
      if (at >= start && at <= end && !isBefore) yield { symbol, at, bar: wireBar(bar, at) }
    }
  }
}

function namedBars(series: TapeSeries, { timeframe: asked, start, end }: BarsQuery, tape: MarketTape) {
  const { timeframe } = series
  const shown = series.bars.slice(0, tape.shown(series)).map(({ bar }) => bar)
  if (asked.kind === 'days') {
    if (timeframe.name !== asked.name) return []
    return shown.map((bar) => ({ bar, at: namedBy(bar, timeframe, tape) }))
  }
  const { durationMs } = asked
  if (isDaily(timeframe) || durationMs % timeframe.durationMs !== 0) return []
  const within = shown.filter(({ startsAt }) => startsAt > start - durationMs && startsAt < end + durationMs)
  const bars = durationMs === timeframe.durationMs ? within : coarserBars(within, durationMs)
  return bars.map((bar) => ({ bar, at: bar.startsAt }))
}

/** The latest minute's bar of each symbol, however old it is; symbols without one are left out. */
function latestBars(
  params: URLSearchParams,
  assets: AssetClass,
  tape: MarketTape,
  feeds: readonly Feed[],
): DataAnswer {
  const symbols = readSymbols(params, assets)
  if ('status' in symbols) return { status: symbols.status, json: symbols.body }
  const feed = readFeed(params, feeds)
  if (feed !== null && typeof feed !== 'string') return { status: feed.status, json: feed.body }
  const now = tape.clock.now()
  if (assets === 'stocks' && isRecentSip(feed, feeds, now, now)) {
    return { status: NO_RECENT_SIP.status, json: NO_RECENT_SIP.body }
  }
  const latest = symbols.flatMap((symbol) => {
    const series = tape.series(symbol)
    if (series === undefined || isDaily(series.timeframe)) return []
    const bar = series.bars[tape.shown(series) - 1]?.bar
    return bar === undefined ? [] : [[symbol, wireBar(bar, bar.startsAt)] as const]
  })
  return { status: 200, json: { bars: Object.fromEntries(latest) } }
}

function ok(bars: Readonly<Record<string, readonly WireBar[]>>, nextPageToken: string | null): DataAnswer {
  return { status: 200, json: { bars, next_page_token: nextPageToken } }
}
