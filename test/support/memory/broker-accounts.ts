/** Which label a broker account belongs to, in memory. */
import type { AccountLabel } from '../../../lib/domain/account-label.ts'
import type { BrokerTarget } from '../../../lib/domain/account.ts'
import type { BrokerAccounts } from '../../../lib/ports/broker-accounts.ts'

export class MemoryBrokerAccounts implements BrokerAccounts {
  readonly #holders = new Map<string, AccountLabel>()

  async bind(
    target: BrokerTarget,
    brokerAccountId: string,
    label: AccountLabel,
  ): Promise<{ readonly holder: AccountLabel }> {
    const key = JSON.stringify([target.mode, target.baseUrl, brokerAccountId])
    const holder = this.#holders.get(key) ?? label
    this.#holders.set(key, holder)
    return { holder }
  }
}
