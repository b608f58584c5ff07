/**
 * Trade updates as Alpaca streams them (its page "Websocket streaming", trade_updates), and the envelopes in
 * which producers put them on a topic: v1 names no account, v2 does.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { WireOrder } from './wire-order.ts'

export type TradeUpdateEvent = 'accepted' | 'new' | 'partial_fill' | 'fill' | 'canceled' | 'expired'

export interface TradeUpdateMessage {
  readonly stream: 'trade_updates'
  readonly data: {
    readonly event: TradeUpdateEvent
    readonly timestamp: string
    readonly order: WireOrder
    readonly execution_id: string
    /** Of this fill; only for fills. */
    readonly price?: string
    readonly qty?: string
    /** Held after this fill; only for fills. */
    readonly position_qty?: string
  }
}

export interface TradeUpdate {
  /** Counts from 1 over all accounts, without holes. */
  readonly sequence: number
  readonly account: AccountLabel
  readonly message: TradeUpdateMessage
}

/** The update in a topic's envelope, as the text of a feed message. */
export function feedMessage(update: TradeUpdate, version: 'v1' | 'v2'): string {
  const { data } = update.message
  const envelope = {
    channel: 'trade_updates',
    symbol: data.order.symbol,
    seq: update.sequence,
    event_ts: data.timestamp,
    payload: data,
  }
  return JSON.stringify(version === 'v1' ? envelope : { ...envelope, account_label: update.account })
}
