/** The fleet that is in force, with the accounts of the roster where the registry names one. */
import type { RawValues } from '../domain/settings.ts'
import { resolveFleet, rosterInForce, type Fleet } from '../flags/fleet.ts'
import type { AccountRoster } from '../ports/account-roster.ts'

/** @throws ConfigurationError with every violation; StateError for a roster that is damaged; UnavailableError */
export async function fleetInForce(
  environment: RawValues,
  overlay: RawValues,
  roster: Pick<AccountRoster, 'readEntries'>,
): Promise<Fleet> {
  const revision = rosterInForce(environment, overlay)
  return resolveFleet(
    environment,
    overlay,
    revision === null ? undefined : await roster.readEntries(revision),
  )
}
