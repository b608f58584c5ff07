/** Which label a broker account belongs to, on DynamoDB. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { BrokerTarget } from '../../domain/account.ts'
import { StateError } from '../../domain/errors.ts'
import type { BrokerAccounts } from '../../ports/broker-accounts.ts'
import { notStoredOrSame } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { brokerAccountHash, brokerAccountItem, brokerAccountKey } from './items/broker-account-item.ts'
import { ACCOUNT_ATTRIBUTE } from './items/shared.ts'

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
    const stored = await this.#table.get(brokerAccountKey(hash))
    if (stored === null) throw new StateError(`the binding of broker account ${hash} vanished`)
    return { holder: brokerAccountItem.decode(stored).label }
  }
}
