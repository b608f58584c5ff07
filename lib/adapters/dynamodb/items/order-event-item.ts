/** Item kind `execution_order_events`: one trade update from the broker. */
import type { OrderEvent } from '../../../domain/order-event.ts'
import { decimalText, finite, instantText, nullable, record, text } from '../../../formats/codec.ts'
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
      alpacaOrderId: nullable(text()),
      clientOrderId: nullable(text()),
      symbol: nullable(text()),
      side: nullable(side),
      eventType: nullable(text()),
      status: nullable(text()),
      eventTs: nullable(instantText),
      feedSeq: nullable(finite),
      quantity: nullable(decimalText),
      filledQuantity: nullable(decimalText),
      averageFillPrice: nullable(decimalText),
    },
    { accountLabel: ACCOUNT_ATTRIBUTE },
  ),
  key: ({ accountLabel, orderKey, fingerprint }) => ({
    pk: accountPartition(accountLabel),
    sk: orderEventPrefix(orderKey) + fingerprint,
  }),
})
