/**
 * Flags, settings and accounts as they are in force, from an overlay over the environment
 * (docs/architecture.md#flags).
 */
import { parseAccounts } from './account-registry.ts'
import { ACCOUNTS_JSON, SETTING_DEFINITIONS } from './definitions.ts'
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

/** What order-feed has to know of the flags: topics, and which accounts there are. They fit one request (10 names). */
export const ORDER_FEED_NAMES: readonly string[] = [
  ACCOUNTS_JSON,
  ...(['accountLabel', 'mode', 'calendar', 'orderFeedTopic', 'orderFeedTopicV2'] as const).map(
    (key) => SETTING_DEFINITIONS[key].name,
  ),
]

/** As `resolveFleet`, from the values of order-feed's names alone. @throws ConfigurationError */
export function resolveOrderFeedFleet(
  environment: RawValues,
  overlay: RawValues,
): Pick<Fleet, 'accounts'> & {
  readonly settings: Pick<Settings, 'accountLabel' | 'orderFeedTopic' | 'orderFeedTopicV2'>
} {
  const own = Object.fromEntries(ORDER_FEED_NAMES.map((name) => [name, environment[name]]))
  return resolveFleet(own, overlay)
}
