/**
 * The broker's words for an order's progress, in ours: order statuses and trade update events.
 * Source: Alpaca's order lifecycle and trade updates pages (docs.alpaca.markets: "Orders at Alpaca",
 * "Websocket streaming", "Subscribe to trade events").
 *
 * Invariant: only a word that Alpaca documents as final is terminal. `done_for_day` may go on the next
 * day, `calculated` and `stopped` still wait for their outcome, the `pending_*` ones for the exchange's.
 */
import type { BrokerTerminalState } from '../../domain/execution.ts'

/** What one report says of an order's progress. */
export type OrderProgress = 'accepted' | 'partially_filled' | BrokerTerminalState

/** Words that are both a status and the name of an event. */
const SHARED_WORDS: readonly (readonly [string, OrderProgress])[] = [
  ['accepted', 'accepted'],
  ['pending_new', 'accepted'],
  ['new', 'accepted'],
  ['held', 'accepted'],
  ['done_for_day', 'accepted'],
  ['pending_cancel', 'accepted'],
  ['pending_replace', 'accepted'],
  ['stopped', 'accepted'],
  ['suspended', 'accepted'],
  ['calculated', 'accepted'],
  ['canceled', 'canceled'],
  ['expired', 'expired'],
  ['replaced', 'replaced'],
  ['rejected', 'rejected'],
]

const STATUSES: ReadonlyMap<string, OrderProgress> = new Map([
  ...SHARED_WORDS,
  ['accepted_for_bidding', 'accepted'],
  ['partially_filled', 'partially_filled'],
  ['filled', 'filled'],
])

const EVENTS: ReadonlyMap<string, OrderProgress> = new Map([
  ...SHARED_WORDS,
  ['partial_fill', 'partially_filled'],
  ['fill', 'filled'],
  ['order_cancel_rejected', 'accepted'],
  ['order_replace_rejected', 'accepted'],
  ['restated', 'accepted'],
  ['trade_bust', 'accepted'],
  ['trade_correct', 'accepted'],
])

const CORRECTIONS: ReadonlySet<string> = new Set(['trade_bust', 'trade_correct'])

/** Null for a word that is not known. */
export function progressOfStatus(status: string): OrderProgress | null {
  return STATUSES.get(status.toLowerCase()) ?? null
}

/** Whether the broker's status is the last one of an order. */
export function isTerminalStatus(status: string): boolean {
  const progress = progressOfStatus(status)
  return progress !== null && progress !== 'accepted' && progress !== 'partially_filled'
}

/**
 * The progress that a trade update tells of: its order's status decides, its event name only where that
 * is missing or unknown. Null when neither is known.
 */
export function progressOfUpdate(update: {
  readonly status: string | null
  readonly eventType: string | null
}): OrderProgress | null {
  const byStatus = update.status === null ? null : progressOfStatus(update.status)
  return byStatus ?? (update.eventType === null ? null : (EVENTS.get(update.eventType.toLowerCase()) ?? null))
}

/** Whether the event takes back or changes a fill that was reported before. */
export function isCorrection(eventType: string | null): boolean {
  return eventType !== null && CORRECTIONS.has(eventType.toLowerCase())
}
