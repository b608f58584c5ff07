/** Keys and codecs that several item kinds share. */
import type { BrokerTarget } from '../../../domain/account.ts'
import { list, oneOf, text } from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'

/** The attribute that account-scoped items carry the account's label in. */
export const ACCOUNT_ATTRIBUTE = 'alpaca_account_label'

export { accountPartition } from '../../../deployment/names.ts'

export const side = oneOf('buy', 'sell')
export const texts = list(text())

export const brokerTarget = record<BrokerTarget>({ mode: oneOf('paper', 'live'), baseUrl: text() })
