/** Which label a broker account belongs to, in memory. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { BrokerTarget } from '../../domain/account.ts'
import type { BrokerAccounts } from '../../ports/broker-accounts.ts'

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
