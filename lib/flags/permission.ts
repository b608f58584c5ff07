/**
 * What permission to send an order needs of the flags (docs/architecture.md#order-firewall): which names are read
 * for it, and what they say together.
 *
 * Invariant: these are all the names that the order firewall rests on, and they fit one request (10 names).
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig, AccountEntry } from '../domain/account.ts'
import { PERMISSION_SETTINGS, type PermissionSettings } from '../domain/permission-rules.ts'
import type { RawValues } from '../domain/settings.ts'
import { parseAccounts } from './account-registry.ts'
import { ACCOUNTS_JSON, KILL_SWITCH, SETTING_DEFINITIONS } from './definitions.ts'
import { parseSettings } from './parse-settings.ts'
import { accountKillSwitchKey } from './resolve.ts'

const SETTING_NAMES = PERMISSION_SETTINGS.map((key) => SETTING_DEFINITIONS[key].name)

/** Those that are the same for all accounts. */
export const SHARED_PERMISSION_NAMES: readonly string[] = [KILL_SWITCH, ACCOUNTS_JSON, ...SETTING_NAMES]

/** The overlay's kill switches that count for an account. */
export function killSwitchNames(account: AccountLabel): readonly string[] {
  return [KILL_SWITCH, accountKillSwitchKey(account)]
}

/** Every name that an order of the account is permitted by. */
export function permissionNames(account: AccountLabel): readonly string[] {
  return [...SHARED_PERMISSION_NAMES, accountKillSwitchKey(account)]
}

/** Flags by where they come from, what wins first. */
export interface PermissionLayers {
  /** What is stored under the names of permission now. */
  readonly overlay: RawValues
  readonly environment: RawValues
  /** As the tick message has them: for all other names. */
  readonly tick: RawValues
  /** The account's entry in the roster that the registry names; null: it has none; undefined: there is no roster. */
  readonly rosterEntry?: AccountEntry | null | undefined
}

/** The settings and the account that are in force now; null when the account is not registered. @throws ConfigurationError */
export function resolvePermission(
  label: AccountLabel,
  { overlay, environment, tick, rosterEntry }: PermissionLayers,
): { readonly settings: PermissionSettings; readonly account: AccountConfig | null } {
  const now = (name: string): string | undefined => overlay[name] ?? environment[name]
  const fresh = Object.fromEntries(SETTING_NAMES.map((name) => [name, now(name)]))
  const settings = parseSettings({ ...tick, ...fresh })
  if (rosterEntry === null) return { settings, account: null }
  const accounts = parseAccounts(now(ACCOUNTS_JSON), settings, rosterEntry && [rosterEntry])
  return { settings, account: accounts.find((account) => account.label === label) ?? null }
}
