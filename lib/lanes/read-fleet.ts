/** The fleet that is in force, with the accounts of the roster where the registry names one. */
import { areSameValues, type RawValues } from '../domain/settings.ts'
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

/**
 * As `fleetInForce`, for who asks at every tick of many: a fleet whose texts are the same as the last time is that one. One of
 * a roster is read anew, since rosters are retired.
 */
export function keptFleet(): typeof fleetInForce {
  let kept: { readonly environment: RawValues; readonly overlay: RawValues; readonly fleet: Fleet } | null =
    null
  return async (environment, overlay, roster) => {
    if (kept !== null && areSameValues(kept.environment, environment) && areSameValues(kept.overlay, overlay))
      return kept.fleet
    const found = await fleetInForce(environment, overlay, roster)
    const fleet = { ...found, settings: Object.freeze(found.settings) }
    const listed = rosterInForce(environment, overlay) === null
    kept = listed ? { environment: { ...environment }, overlay: { ...overlay }, fleet } : null
    return fleet
  }
}
