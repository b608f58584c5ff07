/**
 * Orders in the JSON of Alpaca's Trading API v2 (https://docs.alpaca.markets/reference/getallorders), and trade updates as
 * it streams them (its page "Websocket streaming", trade_updates), in the envelopes in which producers put them on a
 * topic: v1 names no account, v2 does.
 */
import { div, formatDecimal } from '../domain/decimal.ts'
import { formatInstant, type EpochMs } from '../domain/time.ts'
import { isCrypto } from '../domain/symbol.ts'
import { deterministicUuid, type ExchangeOrder } from './order.ts'
import type { AccountLabel } from '../domain/account-label.ts'

export type WireOrder = ReturnType<typeof wireOrder>

export function wireOrder(order: ExchangeOrder) {
  const ended = (status: ExchangeOrder['status']): string | null =>
    order.status === status ? optionalInstant(order.endedAt) : null
  return {
    id: order.id,
    client_order_id: order.clientOrderId,
    created_at: formatInstant(order.submittedAt),
    updated_at: formatInstant(order.updatedAt),
    submitted_at: formatInstant(order.submittedAt),
    filled_at: ended('filled'),
    expired_at: ended('expired'),
    canceled_at: ended('canceled'),
    failed_at: null,
    replaced_at: null,
    replaced_by: null,
    replaces: null,
    asset_id: deterministicUuid('asset', order.symbol),
    symbol: order.symbol,
    asset_class: assetClass(order.symbol),
    notional: null,
    qty: formatDecimal(order.quantity),
    filled_qty: formatDecimal(order.filledQuantity),
    filled_avg_price:
      order.filledQuantity === 0n ? null : formatDecimal(div(order.filledValue, order.filledQuantity)),
    order_class: '',
    order_type: order.limitPrice === null ? 'market' : 'limit',
    type: order.limitPrice === null ? 'market' : 'limit',
    side: order.side,
    time_in_force: order.timeInForce,
    limit_price: order.limitPrice === null ? null : formatDecimal(order.limitPrice),
    stop_price: null,
    status: order.status,
    extended_hours: false,
    legs: null,
    trail_percent: null,
    trail_price: null,
    hwm: null,
    subtag: null,
    source: null,
  }
}

export function assetClass(symbol: string): 'crypto' | 'us_equity' {
  return isCrypto(symbol) ? 'crypto' : 'us_equity'
}

function optionalInstant(at: EpochMs | null): string | null {
  return at === null ? null : formatInstant(at)
}

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
