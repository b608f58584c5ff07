/** The feeds of shares, and which of them a plan has: without SIP, its last 15 minutes are refused, and older bars are not. */
import type { EpochMs } from '../../domain/time.ts'
import { dataRefusal } from './data-refusal.ts'

export const FEEDS = ['iex', 'sip'] as const
export type Feed = (typeof FEEDS)[number]

/** https://docs.alpaca.markets/docs/market-data-faq: "to query any SIP trades or quotes in the last 15 minutes, you need ..." */
const RECENT_MS = 900_000
export const NO_RECENT_SIP = dataRefusal(403, 'subscription does not permit querying recent SIP data')

/** Whether a request until that instant needs a plan that the key does not have. */
export function isRecentSip(feed: Feed | null, plan: readonly Feed[], until: EpochMs, now: EpochMs): boolean {
  return feed === 'sip' && !plan.includes('sip') && until > now - RECENT_MS
}
