/** One label per broker account (docs/architecture.md#state): enforced by a conditional put. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'

export interface BrokerAccounts {
  /** Binds the broker account to the label unless another label has it; `holder` is who has it now. */
  bind(
    target: BrokerTarget,
    brokerAccountId: string,
    label: AccountLabel,
  ): Promise<{ readonly holder: AccountLabel }>
  /** Whose the broker account is; null: nobody's yet. */
  holder(target: BrokerTarget, brokerAccountId: string): Promise<AccountLabel | null>
}
