/**
 * Flags, settings and accounts as they are in force, from an overlay over the environment
 * (docs/architecture.md#flags).
 */
import { parseAccounts } from './account-registry.ts'
import { ACCOUNTS_JSON } from './definitions.ts'
import { parseSettings } from './parse-settings.ts'
import type { RawValues } from '../domain/settings.ts'
import { resolveFlags } from './resolve.ts'
import type { Settings } from '../domain/settings.ts'
import type { AccountConfig } from '../domain/account.ts'

export interface Fleet {
  /** By name, without defaults and without the account registry: what a tick message and a record carry. */
  readonly raw: Readonly<Record<string, string>>
  readonly settings: Settings
  readonly accounts: readonly AccountConfig[]
}

/** @throws ConfigurationError with every violation; nothing is in force then. */
export function resolveFleet(environment: RawValues, overlay: RawValues): Fleet {
  const { [ACCOUNTS_JSON]: registry, ...raw } = resolveFlags(environment, overlay)
  const settings = parseSettings(raw)
  return { raw, settings, accounts: parseAccounts(registry, settings) }
}

/** As `resolveFleet`, for readings that are asked of again and again: each is parsed once. */
export function keptFleet(environment: RawValues): (overlay: RawValues) => Fleet {
  let kept: { readonly overlay: RawValues; readonly fleet: Fleet } | null = null
  return (overlay) => {
    if (kept?.overlay !== overlay) kept = { overlay, fleet: resolveFleet(environment, overlay) }
    return kept.fleet
  }
}
