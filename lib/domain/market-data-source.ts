/**
 * The source that the deployment's own producer appends to. One of its own for each feed, so that a bar of another producer, or
 * of another feed, is never taken for the same one.
 */
import type { MarketDataFeed } from './settings.ts'

export function marketDataSource(feed: MarketDataFeed): string {
  return `alpaca-${feed}`
}
