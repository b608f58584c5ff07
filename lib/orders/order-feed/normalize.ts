/**
 * Reads one message of the order feed into an order event (docs/architecture.md#order-feed; pinned by the
 * golden cases).
 *
 * Three shapes carry a trade update: `{channel, payload}` and `{stream, data}` envelopes, and the update by
 * itself. What cannot be read inside an update becomes null; what names no order is dropped with a reason.
 *
 * Invariant (docs/architecture.md#accounts-apart): an update counts for the account it names, the inner name before
 * the envelope's; for the default account only when it names none and its topic carries one account alone.
 */
import { parseAccountLabel, type AccountLabel } from '../../domain/account-label.ts'
import { parseDecimal, type Decimal } from '../../domain/decimal.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../domain/ids.ts'
import type { Direction } from '../../domain/intent.ts'
import { parseEpochNs, type EpochNs } from '../../domain/nano-time.ts'
import type { OrderEvent, OrderFeedDropReason, OrderFeedMessage } from '../../domain/order-event.ts'
import { spelled } from '../../domain/symbol.ts'

export type NormalizedTradeUpdate =
  | { readonly kind: 'event'; readonly event: OrderEvent }
  | { readonly kind: 'dropped'; readonly reason: OrderFeedDropReason }

type JsonObject = Readonly<Record<string, unknown>>

/** Longer texts are no words, ids or numbers of the broker's; its ids have at most 128 characters. */
const MAX_TEXT_LENGTH = 128
/** Topics of this version and up carry several accounts. */
const MULTI_ACCOUNT_TOPIC = /\.v(?:[2-9]|[1-9]\d+)$/

export function normalizeTradeUpdate(message: OrderFeedMessage): NormalizedTradeUpdate {
  const envelope = parseJson(message.value)
  if (envelope === null) return dropped('invalid_json')
  const update = tradeUpdate(envelope)
  if (update === null) return dropped('missing_trade_update_payload')
  const order = asObject(update['order']) ?? {}
  const alpacaOrderId = text(order['id']) ?? text(order['order_id'])
  const clientOrderId = text(order['client_order_id'])
  if (alpacaOrderId === null && clientOrderId === null) return dropped('missing_order_identity')
  const account = accountOf(message, update, envelope)
  if (account.kind === 'dropped') return account
  return {
    kind: 'event',
    event: {
      accountLabel: account.label,
      alpacaOrderId: alpacaOrderId === null ? null : asAlpacaOrderId(alpacaOrderId),
      clientOrderId: clientOrderId === null ? null : asClientOrderId(clientOrderId),
      symbol: symbolOf(order['symbol']) ?? symbolOf(envelope['symbol']),
      side: direction(order['side']),
      eventType: text(update['event']) ?? text(update['event_type']),
      status: text(order['status']) ?? text(update['status']),
      eventTs: firstInstant(
        update['timestamp'],
        update['t'],
        order['updated_at'],
        order['submitted_at'],
        envelope['event_ts'],
      ),
      feedSeq: integer(envelope['seq']) ?? integer(update['seq']),
      quantity: decimalOf(order['qty']),
      filledQuantity: decimalOf(order['filled_qty']),
      averageFillPrice: decimalOf(firstPresent(order['filled_avg_price'], order['avg_fill_price'])),
    },
  }
}

function dropped(reason: OrderFeedDropReason): {
  readonly kind: 'dropped'
  readonly reason: OrderFeedDropReason
} {
  return { kind: 'dropped', reason }
}

/** The message as an object; null for what is no JSON object or array. */
function parseJson(value: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(value)
    // A list is readable, but holds no update.
    return Array.isArray(parsed) ? {} : asObject(parsed)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function tradeUpdate(envelope: JsonObject): JsonObject | null {
  const payload = text(envelope['channel']) === 'trade_updates' ? asObject(envelope['payload']) : null
  const data = text(envelope['stream']) === 'trade_updates' ? asObject(envelope['data']) : null
  return payload ?? data ?? (asObject(envelope['order']) === null ? null : envelope)
}

function accountOf(
  { topic, defaultAccountLabel }: OrderFeedMessage,
  update: JsonObject,
  envelope: JsonObject,
): { readonly kind: 'label'; readonly label: AccountLabel } | ReturnType<typeof dropped> {
  const named = [update, envelope].flatMap((level) => [level['account_label'], level['accountLabel']])
  const found = firstPresent(...named)
  if (found === null) {
    if (defaultAccountLabel === null || MULTI_ACCOUNT_TOPIC.test(topic))
      return dropped('missing_account_label')
    return { kind: 'label', label: defaultAccountLabel }
  }
  const label = typeof found === 'string' ? parseAccountLabel(found.trim()) : null
  return label === null ? dropped('invalid_account_label') : { kind: 'label', label }
}

/** The first value that is neither missing nor blank. */
function firstPresent(...values: readonly unknown[]): unknown {
  const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === ''
  return values.find((value) => value !== undefined && value !== null && !isBlank(value)) ?? null
}

function firstInstant(...values: readonly unknown[]): EpochNs | null {
  for (const value of values) {
    const found = text(value)
    const at = found === null ? null : parseEpochNs(found)
    if (at !== null) return at
  }
  return null
}

function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

function text(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const trimmed = value.trim()
  return trimmed === '' || trimmed.length > MAX_TEXT_LENGTH ? null : trimmed
}

function symbolOf(value: unknown): string | null {
  const found = text(value)
  return found === null ? null : spelled(found)
}

function direction(value: unknown): Direction | null {
  const side = text(value)
  return side === 'buy' || side === 'sell' ? side : null
}

function integer(value: unknown): number | null {
  const number = typeof value === 'string' && /^\s*\d{1,16}\s*$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) ? (number as number) : null
}

function decimalOf(value: unknown): Decimal | null {
  const digits = typeof value === 'number' ? String(value) : text(value)
  return digits === null ? null : parseDecimal(digits)
}
