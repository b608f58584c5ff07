/** Item kind `broker_accounts`: the one label of a broker account, whose own id is kept only as a hash. */
import type { AccountLabel } from '../../../domain/account-label.ts'
import type { BrokerTarget } from '../../../domain/account.ts'
import { encodeFields, sha256Hex } from '../../../domain/ids.ts'
import { text } from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import { ACCOUNT_ATTRIBUTE } from './shared.ts'

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
