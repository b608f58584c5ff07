/**
 * What forwarders may do, as docs/forwarder.md says it: nothing is published outside the lease, nobody has it while it is
 * another's, and nobody else ends it. Judged in true time, so that no clock that is off excuses anybody.
 */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import type { Invocation } from './host.ts'
import type { Evidence } from './observed.ts'
import { text } from './stored.ts'

const LEASE_MS = 15_000
const MINUTE = 60_000
/** Statuses that an order keeps. */
const ENDS: ReadonlySet<string> = new Set(['filled', 'canceled', 'expired'])

export class ForwarderRules {
  /** When the process last got the lease, or had it renewed. */
  readonly #got = new Map<string, number>()
  readonly #mayEnd = new Set<string>()

  /** The process was told to end, or the broker takes it for nobody. */
  mayEnd({ name }: Invocation): void {
    this.#mayEnd.add(name)
  }

  wroteLease(before: Attributes | null, after: Attributes, now: number): readonly Finding[] {
    const [owner, until] = [text(after, 'owner'), Date.parse(text(after, 'lease_until'))]
    if (until <= 0) {
      return this.#mayEnd.has(owner)
        ? []
        : [['equal-plans', `the lease of ${owner}, which runs on, was ended`]]
    }
    this.#got.set(owner, now)
    if (before === null || text(before, 'owner') === owner) return []
    const heldUntil = Date.parse(text(before, 'lease_until'))
    const early = heldUntil - (until - LEASE_MS)
    return early > 0
      ? [
          [
            'equal-plans',
            `${owner} took the lease ${early} ms before it ran out for ${text(before, 'owner')}`,
          ],
        ]
      : []
  }

  /** A request that publishes leaves the process. */
  publishes({ name }: Invocation, now: number): readonly Finding[] {
    const since = now - (this.#got.get(name) ?? -Infinity)
    return since <= LEASE_MS
      ? []
      : [['equal-plans', `${name} publishes ${since} ms after it was last given the lease`]]
  }
}

/**
 * Two minutes after the faults have stopped, and before any `reconcile` has come: whatever forwarders missed is made up for,
 * and a topic has told of all.
 */
export function judgeHeardOf({ scenario, exchange, view, kernel, faults }: Evidence): readonly Finding[] {
  const hears = scenario.feed === 'forwarders' || scenario.feed === 'topic'
  if (!hears || faults.happened.some(({ kind }) => kind === 'update_lost')) return []
  return scenario.accounts.flatMap((account) => {
    if (view.haltedSince(account) !== null || exchange.foreign.has(account)) return []
    return exchange.orders(accountLabel(account)).flatMap(({ clientOrderId, status, endedAt }): Finding[] => {
      const execution = view.execution(account, clientOrderId)
      // what nobody knows the fate of yet is the lanes' business
      const isKnown = execution !== null && execution.alpacaOrderId !== null
      const isOld = (endedAt ?? Infinity) < kernel.now - MINUTE
      if (!isKnown || !isOld || !ENDS.has(status) || execution.state === status) return []
      const detail = `${clientOrderId} is ${execution.state}, though it has long been ${status}`
      return [['equal-plans', `${account}: ${detail}`]]
    })
  })
}

/** Whether what it publishes, or appends, it does under a lease. */
export function isLeased({ name }: Invocation): boolean {
  return name.startsWith('forwarder:') || name.startsWith('streamer:')
}
