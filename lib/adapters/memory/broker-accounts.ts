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
    const holder = (await this.holder(target, brokerAccountId)) ?? label
    this.#holders.set(keyOf(target, brokerAccountId), holder)
    return { holder }
  }

  async holder(target: BrokerTarget, brokerAccountId: string): Promise<AccountLabel | null> {
    return this.#holders.get(keyOf(target, brokerAccountId)) ?? null
  }
}

function keyOf({ mode, baseUrl }: BrokerTarget, brokerAccountId: string): string {
  return JSON.stringify([mode, baseUrl, brokerAccountId])
}
