/**
 * Which label a broker account belongs to, on DynamoDB: item kind `broker_accounts`. The broker's own id of the account
 * is kept only as a hash.
 */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { BrokerTarget } from '../../domain/account.ts'
import { StateError } from '../../domain/errors.ts'
import type { BrokerAccounts } from '../../ports/broker-accounts.ts'
import { notStoredOrSame } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { ACCOUNT_ATTRIBUTE } from './items/shared.ts'
import { encodeFields, sha256Hex } from '../../domain/ids.ts'
import { text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { type ItemKey, defineItem } from './table/item.ts'

export interface BoundBrokerAccount {
  readonly hash: string
  readonly label: AccountLabel
}

export function brokerAccountHash(target: BrokerTarget, brokerAccountId: string): string {
  return sha256Hex(encodeFields('broker_account', target.mode, target.baseUrl, brokerAccountId))
}

export function brokerAccountKey(hash: string): ItemKey {
  return { pk: 'broker_accounts', sk: hash }
}

export const brokerAccountItem = defineItem<BoundBrokerAccount>({
  name: 'broker account',
  schema: 1,
  codec: record<BoundBrokerAccount>({ hash: text(), label: text() }, { names: { label: ACCOUNT_ATTRIBUTE } }),
  key: ({ hash }) => brokerAccountKey(hash),
})

export class DynamoBrokerAccounts implements BrokerAccounts {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async bind(
    target: BrokerTarget,
    brokerAccountId: string,
    label: AccountLabel,
  ): Promise<{ readonly holder: AccountLabel }> {
    const hash = brokerAccountHash(target, brokerAccountId)
    const item = brokerAccountItem.encode({ hash, label })
    if (await this.#table.put(item, notStoredOrSame(ACCOUNT_ATTRIBUTE, label))) return { holder: label }
    const holder = await this.holder(target, brokerAccountId)
    if (holder === null) throw new StateError(`the binding of broker account ${hash} vanished`)
    return { holder }
  }

  async holder(target: BrokerTarget, brokerAccountId: string): Promise<AccountLabel | null> {
    const key = brokerAccountKey(brokerAccountHash(target, brokerAccountId))
    return (await this.#table.read(brokerAccountItem, key))?.label ?? null
  }
}
