/** Which accounts there are, of a stage or of the run in `.torghut/`, as far as that can be told. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { TorghutError } from '../../domain/errors.ts'
import { fleetInForce } from '../../lanes/read-fleet.ts'
import { readRunRecord, statePaths } from '../../local/state-folder.ts'
import type { FlagTarget } from '../target.ts'
import { beneathOf, overlayOf, readLayers } from './flag-layers.ts'

/** Null where it cannot be told: bad flags, no run yet, nobody who answers. What was done before it stands. */
export async function knownAccounts(
  target: FlagTarget,
  folder: string,
): Promise<readonly AccountLabel[] | null> {
  try {
    if (target.stores === null) return readRunRecord(statePaths(folder))?.accounts ?? null
    const layers = await readLayers(target)
    const { accounts } = await fleetInForce(beneathOf(layers), overlayOf(layers), target.stores.roster)
    return accounts.map(({ label }) => label)
  } catch (error) {
    if (error instanceof TorghutError) return null
    throw error
  }
}
