/** Item kind `execution_order_events`: one trade update from the broker. */
import type { OrderEvent } from '../../../domain/order-event.ts'
import { decimalText, finite, instantText, optional, text } from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'
import { defineItem } from '../table/item.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition, side } from './shared.ts'

/** An event with what makes it one row of its order. */
export interface StoredOrderEvent extends OrderEvent {
  readonly orderKey: string
  readonly fingerprint: string
}

/** What the sort keys of an order's events begin with; `orderKey` tells orders apart whose ids hold a `#`. */
export function orderEventPrefix(orderKey: string): string {
  return `execution_order_events#${orderKey}#`
}

export const orderEventItem = defineItem<StoredOrderEvent>({
  name: 'order event',
  schema: 1,
  codec: record<StoredOrderEvent>(
    {
      accountLabel: text(),
      orderKey: text(),
      fingerprint: text(),
      alpacaOrderId: optional(text()),
      clientOrderId: optional(text()),
      symbol: optional(text()),
      side: optional(side),
      eventType: optional(text()),
      status: optional(text()),
      eventTs: optional(instantText),
      feedSeq: optional(finite),
      quantity: optional(decimalText),
      filledQuantity: optional(decimalText),
      averageFillPrice: optional(decimalText),
    },
    { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ accountLabel, orderKey, fingerprint }) => ({
    pk: accountPartition(accountLabel),
    sk: orderEventPrefix(orderKey) + fingerprint,
  }),
})
