/**
 * The source that the deployment's own producer appends to. One of its own for each feed, so that a bar of another producer, or
 * of another feed, is never taken for the same one.
 */
import type { BrokerTarget } from './account.ts'
import type { MarketDataFeed } from './settings.ts'

export function marketDataSource(feed: MarketDataFeed): string {
  return `alpaca-${feed}`
}

/** https://docs.alpaca.markets/docs/historical-api#base-url */
const DATA_URL = 'https://data.alpaca.markets'
/** https://docs.alpaca.markets/docs/streaming-market-data */
const STREAM_URL = 'wss://stream.data.alpaca.markets'
const ALPACA = /^https:\/\/(paper-)?api\.alpaca\.markets$/

/** Where an account's key reads bars: a stand-in of the broker has them itself. */
export function marketDataUrl({ baseUrl }: BrokerTarget): string {
  return ALPACA.test(baseUrl) ? DATA_URL : baseUrl
}

/** Where its bars are streamed. @param path of the feed: `/v2/iex`, `/v2/sip` or `/v1beta3/crypto/us` */
export function marketStreamUrl({ baseUrl }: BrokerTarget, path: string): string {
  return `${ALPACA.test(baseUrl) ? STREAM_URL : baseUrl.replace(/^http/, 'ws')}${path}`
}
