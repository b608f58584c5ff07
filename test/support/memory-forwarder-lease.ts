/** The forwarder's lease in memory: what its implementation on DynamoDB has to equal. */
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { asEpochMs, type EpochMs } from '../../lib/domain/time.ts'
import type { ForwarderLease } from '../../lib/ports/forwarder-lease.ts'

export class MemoryForwarderLease implements ForwarderLease {
  /** Nobody can reach it. */
  isOut = false
  readonly #held = new Map<AccountLabel, { readonly owner: string; readonly until: EpochMs }>()

  async take(account: AccountLabel, owner: string, now: EpochMs, until: EpochMs) {
    if (this.isOut) throw new UnavailableError('the table cannot be reached')
    const held = this.#held.get(account)
    if (held !== undefined && held.owner !== owner && held.until > now) {
      return { kind: 'taken' as const, until: held.until }
    }
    this.#held.set(account, { owner, until })
    return { kind: 'ours' as const }
  }

  async release(account: AccountLabel, owner: string): Promise<void> {
    if (this.#held.get(account)?.owner === owner) this.#held.set(account, { owner, until: asEpochMs(0) })
  }
}
