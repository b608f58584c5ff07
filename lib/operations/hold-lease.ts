/**
 * What one process at a time does, with spares that take over (docs/forwarder.md).
 *
 * Invariants: a lease's time is counted from before the write that took it, by the clock that says more, so that neither a
 * process that stood still nor a clock that was set back makes it last longer; nothing is to be done in the last seconds of one,
 * since a request of ours has to be over by its end; a spare takes over within two leases of a death.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { ageOf, asEpochMs, type Moment, momentOf } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { ForwarderLease } from '../ports/forwarder-lease.ts'
import type { Telemetry } from '../ports/telemetry.ts'

export interface LeaseDeps {
  readonly lease: ForwarderLease
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Waits, at most until the signal is given. */
  readonly pause: (milliseconds: number, until: AbortSignal) => Promise<void>
  /** Of this process: a random text. */
  readonly owner: string
}

/** How a process stands that holds a lease and listens to a stream under it. */
export type LeasedState = 'waiting' | 'connecting' | 'listening' | 'lost'

export type LeasedEnd =
  | { readonly kind: 'stopped' }
  /** The broker takes the credentials, or what is subscribed to with them, for none. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface LeaseOptions {
  /** Given when the process is to end. */
  readonly stop: AbortSignal
  /** Another process has the lease. */
  readonly onWaiting: () => void
}

const LEASE_MS = 15_000
const RENEW_MS = 5000
/** So long before the lease ends nothing is done under it any more: a request has to be over by then. */
const MARGIN_MS = 3000

/** Our lease, for as long as it lasts. */
export class HeldLease {
  readonly #label: AccountLabel
  readonly #deps: LeaseDeps
  #readAt: Moment

  /** @param readAt right before it was asked for */
  constructor(label: AccountLabel, readAt: Moment, deps: LeaseDeps) {
    this.#label = label
    this.#readAt = readAt
    this.#deps = deps
  }

  /** Whether something that is done now is done under it. */
  get isOurs(): boolean {
    return this.#age < LEASE_MS - MARGIN_MS
  }

  /** Renews it where that is due. False: it is lost. */
  async keep(): Promise<boolean> {
    const { telemetry } = this.#deps
    if (this.#age < RENEW_MS) return true
    const renewed = await takeLease(this.#label, this.#deps).catch((error: unknown) => {
      telemetry.record('warn', 'tried again', { account: this.#label }, error)
      return null
    })
    if (renewed === null && !this.isOurs) return false
    this.#readAt = renewed ?? this.#readAt
    return true
  }

  get #age(): number {
    return ageOf({ readAt: this.#readAt }, momentOf(this.#deps.clock))
  }
}

/** Runs under the lease, again whenever it is got anew, until a run ends otherwise than by losing it. */
export async function whileLeased<End extends { readonly kind: string }>(
  label: AccountLabel,
  deps: LeaseDeps,
  { stop, onWaiting }: LeaseOptions,
  run: (lease: HeldLease) => Promise<End | { readonly kind: 'lease_lost' }>,
): Promise<Exclude<End, { readonly kind: 'lease_lost' }> | { readonly kind: 'stopped' }> {
  const { lease, owner, telemetry, pause } = deps
  while (!stop.aborted) {
    const taken = await takeLease(label, deps).catch((error: unknown) => {
      telemetry.record('warn', 'the lease cannot be asked for', { account: label }, error)
      return null
    })
    if (taken === null) {
      onWaiting()
      await pause(RENEW_MS, stop)
      continue
    }
    const end = await run(new HeldLease(label, taken, deps))
    if (end.kind !== 'lease_lost') {
      await lease.release(label, owner).catch((error: unknown) => {
        telemetry.record('warn', 'the lease runs out by itself', { account: label }, error)
      })
      return end as Exclude<End, { readonly kind: 'lease_lost' }>
    }
    telemetry.record('warn', 'another process has the lease now', { account: label })
  }
  return { kind: 'stopped' }
}

/** Since when it is ours; null: it is another's. */
async function takeLease(
  label: AccountLabel,
  { lease, owner, clock }: Pick<LeaseDeps, 'lease' | 'owner' | 'clock'>,
): Promise<Moment | null> {
  const begun = momentOf(clock)
  const taken = await lease.take(label, owner, begun.wall, asEpochMs(begun.wall + LEASE_MS))
  return taken.kind === 'ours' ? begun : null
}
