/**
 * Changing which accounts a stage has (docs/architecture.md#accounts).
 *
 * Invariants: the registry is in one place, which one parameter names: a roster is stored whole before the parameter
 * names it, and the one of before stays readable for a day, so that no reader ever finds half a registry; the primary
 * account is never left out; an account with open work is not removed, since nobody would look after it any more.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountEntry } from '../domain/account.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Settings } from '../domain/settings.ts'
import { accountEntry, registryText, rosterRevision, rosterText } from '../flags/account-entry.ts'
import { accountsOf, listedEntries, readRegistry } from '../flags/account-registry.ts'
import { ACCOUNTS_JSON } from '../flags/definitions.ts'
import { resolveListedFleet } from '../flags/fleet.ts'
import { violation } from '../formats/violations.ts'
import type { Deployment } from './deployment.ts'
import { applyEntries, type ApplyMode, type EntryChange } from './entry-changes.ts'

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
const PARAMETER_BYTES = 8192
const READ_AT_ONCE = 25

export type RegistryPlace = 'parameter' | 'roster'

/** The accounts of a stage as they are written, and the settings that they stand under. */
export interface RegisteredAccounts {
  readonly entries: readonly AccountEntry[]
  readonly settings: Settings
  /** Null: there is no registry, or an empty one. */
  readonly place: RegistryPlace | null
}

export interface RegistrationPlan {
  readonly entries: readonly AccountEntry[]
  /** By label. */
  readonly changes: readonly EntryChange[]
  readonly place: RegistryPlace
  /** Of the registry as a parameter would hold it. */
  readonly bytes: number
  /** Whether anything would change, the place included. */
  readonly changed: boolean
}

type Stage = Pick<Deployment, 'flags' | 'infrastructure' | 'stores'>

/** @throws ConfigurationError for a registry, or flags, that cannot be used */
export async function registeredAccounts({
  flags,
  infrastructure,
  stores,
}: Stage): Promise<RegisteredAccounts> {
  const [overlay, environment] = await Promise.all([
    flags.readAll(),
    infrastructure.functionFlags('lane').then((found) => found ?? {}),
  ])
  const { settings } = resolveListedFleet(environment, overlay)
  const registry = readRegistry(overlay[ACCOUNTS_JSON] ?? environment[ACCOUNTS_JSON])
  if (registry.kind === 'roster') {
    return { entries: await stores.roster.readEntries(registry.revision), settings, place: 'roster' }
  }
  const entries = registry.kind === 'none' ? [] : listedEntries(registry, settings)
  return { entries, settings, place: entries.length === 0 ? null : 'parameter' }
}

/**
 * @param asked where the registry is to be; null: in the parameter as long as it fits
 * @throws ConfigurationError with all that is wrong with the accounts
 */
export function planRegistration(
  current: RegisteredAccounts,
  file: readonly AccountEntry[],
  mode: ApplyMode,
  asked: RegistryPlace | null = null,
): RegistrationPlan {
  const { settings } = current
  const byLabel = { idOf: ({ label }: AccountEntry) => label, codec: accountEntry }
  const { entries, changes } = applyEntries(current.entries, file, mode, byLabel)
  accountsOf(entries, settings)
  refuseWithoutPrimary(entries, settings)
  const bytes = Buffer.byteLength(registryText(entries))
  const place = asked ?? (bytes <= PARAMETER_BYTES ? 'parameter' : 'roster')
  if (place === 'parameter' && bytes > PARAMETER_BYTES) {
    throw new ConfigurationError('The account registry', [
      violation(ACCOUNTS_JSON, `${bytes} bytes`, `at most ${PARAMETER_BYTES} in a parameter; or the roster`),
    ])
  }
  const changed = place !== current.place || changes.some(({ kind }) => kind !== 'unchanged')
  return { entries, changes, place, bytes, changed }
}

/** Of the accounts that the plan removes, those that somebody still has to look after. */
export async function removedWithOpenWork(
  { changes }: RegistrationPlan,
  { stores }: Stage,
): Promise<readonly AccountLabel[]> {
  const removed = changes.filter(({ kind }) => kind === 'removed').map(({ id }) => id as AccountLabel)
  const open = await inParallel(removed, READ_AT_ONCE, (label) => stores.executions.listOpen(label))
  return removed.filter((_label, index) => open[index]?.length !== 0)
}

/** Puts the plan's registry in force; safe to repeat. Returns how many entries of earlier rosters go. */
export async function putRegistry(
  { entries, place }: Pick<RegistrationPlan, 'entries' | 'place'>,
  { flags, stores }: Pick<Stage, 'flags' | 'stores'>,
  progress: (stored: number) => void,
): Promise<number> {
  if (place === 'roster') await stores.roster.write(entries, progress)
  const text = place === 'roster' ? rosterText(rosterRevision(entries)) : registryText(entries)
  await flags.write(ACCOUNTS_JSON, text)
  return stores.roster.retire(place === 'roster' ? rosterRevision(entries) : null)
}

function refuseWithoutPrimary(entries: readonly AccountEntry[], { accountLabel }: Settings): void {
  if (entries.some(({ label }) => label === accountLabel)) return
  // an empty registry is none, and without one the primary account trades where its mode says
  const otherwise =
    entries.length === 0
      ? `Without any, ${accountLabel} would trade at the broker's own URL.`
      : 'Without it no lane would run.'
  throw new ConfigurationError(
    'The account registry',
    [
      violation(
        ACCOUNTS_JSON,
        `no account ${accountLabel}`,
        `the primary account ${accountLabel} (TRADING_ACCOUNT_LABEL) among others`,
      ),
    ],
    { advice: `${otherwise} To stop it, keep it with "enabled": false.` },
  )
}
