/**
 * What is in force at a tick: flags and accounts, whom they admit, and whose kill switch is on
 * (docs/architecture.md#dispatch).
 */
import type { AccountConfig } from '../domain/account.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { areSameValues, remembered, type RawValues } from '../domain/settings.ts'
import { rosterInForce, type Fleet } from '../flags/fleet.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import type { AccountRoster } from '../ports/account-roster.ts'
import type { Admission } from './admission.ts'
import { admitAccounts, type AdmissionDeps } from './admit-accounts.ts'
import { sweepTurn } from './open-work.ts'
import { fleetInForce } from './read-fleet.ts'

export interface InForceDeps extends AdmissionDeps {
  readonly environment: RawValues
  readonly roster: Pick<AccountRoster, 'readEntries'>
}

export interface InForce {
  readonly fleet: Fleet
  /** In the order of the fleet's accounts, as all of these. */
  readonly admitted: readonly AccountConfig[]
  readonly isAdmitted: ReadonlySet<AccountConfig>
  /** Of the admitted ones. */
  readonly sweepTurns: ReadonlyMap<AccountConfig, number>
  readonly held: readonly Extract<Admission, { kind: 'held' }>[]
  /** Accounts whose kill switch is on, or cannot be read. */
  readonly killed: ReadonlySet<AccountLabel>
}

/** @throws ConfigurationError for bad flags or a bad registry; StateError for a roster that is damaged; UnavailableError */
export async function inForce(overlay: RawValues, deps: InForceDeps): Promise<InForce> {
  return underFleet(await fleetInForce(deps.environment, overlay, deps.roster), overlay, deps)
}

/**
 * As `inForce`, for who asks at every tick of many in one process: texts that are the same as the last time are not read
 * again, and parameters that stand among them not asked again about accounts: so these must answer from the overlay that is
 * given, not from a later reading. A roster is read anew, since rosters are retired; another service is asked anew, and so is
 * whoever could not answer.
 */
export function keptInForce(): typeof inForce {
  let kept: {
    readonly environment: RawValues
    readonly overlay: RawValues
    readonly fleet: Fleet
    readonly found: Promise<InForce> | null
  } | null = null
  const renew: typeof inForce = async (overlay, deps) => {
    const { environment } = deps
    const fleet = kept?.fleet ?? frozen(await fleetInForce(environment, overlay, deps.roster))
    const found = await underFleet(fleet, overlay, deps)
    const isListed = rosterInForce(environment, overlay) === null
    const mayStand =
      fleet.settings.featureFlagsProvider === 'ssm' &&
      found.held.every(({ reason }) => reason !== 'feature_unreadable')
    kept = isListed
      ? {
          environment: remembered(environment),
          overlay: remembered(overlay),
          fleet,
          found: mayStand ? Promise.resolve(found) : null,
        }
      : null
    return found
  }
  return (overlay, deps) => {
    const isKept =
      kept !== null &&
      areSameValues(kept.environment, deps.environment) &&
      areSameValues(kept.overlay, overlay)
    if (!isKept) kept = null
    return kept?.found ?? renew(overlay, deps)
  }
}

/** So that whoever reads settings or raw values once need not look whether they are still the same. */
function frozen({ raw, settings, accounts }: Fleet): Fleet {
  return { raw: Object.freeze(raw), settings: Object.freeze(settings), accounts }
}

async function underFleet(fleet: Fleet, overlay: RawValues, deps: InForceDeps): Promise<InForce> {
  const admissions = await admitAccounts(fleet, deps)
  const admitted = admissions.flatMap((one) => (one.kind === 'admitted' ? [one.account] : []))
  const isKilled = ({ label }: AccountConfig) => resolveKillSwitch(deps.environment, overlay, label) !== 'off'
  return {
    fleet,
    admitted,
    isAdmitted: new Set(admitted),
    sweepTurns: new Map(admitted.map((account) => [account, sweepTurn(account.label)])),
    held: admissions.filter((one) => one.kind === 'held'),
    killed: new Set(fleet.accounts.filter(isKilled).map(({ label }) => label)),
  }
}
