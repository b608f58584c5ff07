/** Who forwards an account's trade updates: at most one process at a time (docs/forwarder.md). */
import type { AccountLabel } from '../domain/account-label.ts'
import type { EpochMs } from '../domain/time.ts'

export interface ForwarderLease {
  /**
   * Takes the lease if nobody has it, it has run out at `now`, or it is ours; it then lasts until `until`. One write.
   * @returns whether it is ours; if not, until when it is somebody else's
   * @throws UnavailableError
   */
  take(
    account: AccountLabel,
    owner: string,
    now: EpochMs,
    until: EpochMs,
  ): Promise<{ readonly kind: 'ours' } | { readonly kind: 'taken'; readonly until: EpochMs }>
  /** Lets the next one have it at once, if it is still ours. @throws UnavailableError */
  release(account: AccountLabel, owner: string): Promise<void>
}
