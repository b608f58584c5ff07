/** Item kind `alpaca_order`: from the broker's order id to our execution. */
import type { AccountLabel } from '../../../domain/account-label.ts'
import type { AlpacaOrderId, ClientOrderId } from '../../../domain/ids.ts'
import { text } from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition } from './shared.ts'

export interface OrderPointer {
  readonly accountLabel: AccountLabel
  readonly alpacaOrderId: AlpacaOrderId
  readonly clientOrderId: ClientOrderId
}

export function orderPointerKey(account: AccountLabel, order: AlpacaOrderId): ItemKey {
  return { pk: accountPartition(account), sk: `alpaca_order#${order}` }
}

export const orderPointerItem = defineItem<OrderPointer>({
  name: 'order pointer',
  schema: 1,
  codec: record<OrderPointer>(
    { accountLabel: text(), alpacaOrderId: text(), clientOrderId: text() },
    { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ accountLabel, alpacaOrderId }) => orderPointerKey(accountLabel, alpacaOrderId),
})
