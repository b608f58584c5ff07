/**
 * What order-feed knows of flags and accounts within one invocation (docs/architecture.md#order-feed).
 *
 * Invariant: an account that was registered while this process, or this invocation, was running is known: who is not
 * known by the reading that is kept is looked for in a new one, once an invocation, so that forged updates cannot use
 * up Parameter Store's throughput.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { RawValues } from '../domain/settings.ts'
import { keptReading } from '../flags/kept-reading.ts'
import { ORDER_FEED_NAMES, resolveOrderFeedFleet } from '../flags/fleet.ts'
import type { AccountRoster } from '../ports/account-roster.ts'
import type { Clock } from '../ports/clock.ts'
import type { FlagSource } from '../ports/flag-source.ts'

export interface OrderFeedFleetDeps {
  readonly environment: RawValues
  readonly flags: Pick<FlagSource, 'readNamed'>
  readonly roster: Pick<AccountRoster, 'readEntry'>
  readonly clock: Clock
}

type Reading = ReturnType<typeof resolveOrderFeedFleet>

export interface OrderFeedFleet {
  /** @throws ConfigurationError, UnavailableError */
  readonly settings: () => Promise<Reading['settings']>
  /** Whether the account is registered, admitted or not. @throws as `settings` */
  readonly knowsAccount: (label: AccountLabel) => Promise<boolean>
}

/** For one invocation. */
export function orderFeedFleet({ environment, flags, roster, clock }: OrderFeedFleetDeps): OrderFeedFleet {
  const read = async () => {
    const { values, readAt } = await flags.readNamed(ORDER_FEED_NAMES)
    return { ...resolveOrderFeedFleet(environment, values), readAt }
  }
  const kept = keptReading(clock, read)
  const isIn = async (label: AccountLabel, { registered }: Reading): Promise<boolean> =>
    typeof registered === 'string'
      ? (await roster.readEntry(registered, label)) !== null
      : registered.includes(label)
  let again: Promise<Reading> | null = null
  return {
    settings: async () => (await kept()).settings,
    knowsAccount: async (label) => (await isIn(label, await kept())) || isIn(label, await (again ??= read())),
  }
}
