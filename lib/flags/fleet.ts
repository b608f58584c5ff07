/**
 * Flags, settings and accounts as they are in force, from an overlay over the environment
 * (docs/architecture.md#flags).
 */
import { parseAccounts, readRegistry, singleAccount } from './account-registry.ts'
import { ACCOUNTS_JSON, SETTING_DEFINITIONS } from './definitions.ts'
import { parseSettings } from './parse-settings.ts'
import type { RawValues } from '../domain/settings.ts'
import { resolveFlags } from './resolve.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { Settings } from '../domain/settings.ts'
import type { AccountConfig, AccountEntry, BrokerTarget } from '../domain/account.ts'
import type { RosterRevision } from '../domain/ids.ts'

export interface Fleet {
  /** By name, without defaults and without the account registry: what a tick message and a record carry. */
  readonly raw: Readonly<Record<string, string>>
  readonly settings: Settings
  readonly accounts: readonly AccountConfig[]
}

/**
 * @param roster the accounts of the roster that the registry names (`rosterInForce`)
 * @throws ConfigurationError with every violation; nothing is in force then.
 */
export function resolveFleet(
  environment: RawValues,
  overlay: RawValues,
  roster?: readonly AccountEntry[],
): Fleet {
  const { [ACCOUNTS_JSON]: registry, ...raw } = resolveFlags(environment, overlay)
  const settings = parseSettings(raw)
  return { raw, settings, accounts: parseAccounts(registry, settings, roster) }
}

/** As `resolveFleet`, with the primary account alone where the registry names a roster. @throws as `resolveFleet` */
export function resolveListedFleet(environment: RawValues, overlay: RawValues): Fleet {
  const isRoster = rosterInForce(environment, overlay) !== null
  return resolveFleet(environment, overlay, isRoster ? [] : undefined)
}

/** The roster that the registry names; null: the registry lists its accounts itself. @throws ConfigurationError */
export function rosterInForce(environment: RawValues, overlay: RawValues): RosterRevision | null {
  const found = readRegistry(overlay[ACCOUNTS_JSON] ?? environment[ACCOUNTS_JSON])
  return found.kind === 'roster' ? found.revision : null
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
): { readonly settings: OrderFeedSettings; readonly registered: readonly AccountLabel[] | RosterRevision } {
  const own = Object.fromEntries(ORDER_FEED_NAMES.map((name) => [name, environment[name]]))
  const roster = rosterInForce(own, overlay)
  const { settings, accounts } = resolveListedFleet(own, overlay)
  return { settings, registered: roster ?? accounts.map(({ label }) => label) }
}

type OrderFeedSettings = Pick<Settings, 'accountLabel' | 'orderFeedTopic' | 'orderFeedTopicV2'>

/** What the producer of bars has to know of the flags: its own, and where its account's key is of use. */
export const MARKET_DATA_NAMES: readonly string[] = [
  ACCOUNTS_JSON,
  ...(
    [
      'accountLabel',
      'mode',
      'calendar',
      'marketData',
      'marketDataFeed',
      'marketDataAccount',
      'marketDataWarmUpBars',
    ] as const
  ).map((key) => SETTING_DEFINITIONS[key].name),
]

/**
 * As `resolveFleet`, from the values of the producer's names alone. An account that is not listed has its key from Alpaca itself.
 * @throws ConfigurationError
 */
export function resolveMarketData(
  environment: RawValues,
  overlay: RawValues,
): { readonly settings: Settings; readonly target: BrokerTarget } {
  const own = Object.fromEntries(MARKET_DATA_NAMES.map((name) => [name, environment[name]]))
  const { settings, accounts } = resolveListedFleet(own, overlay)
  const account = accounts.find(({ label }) => label === settings.marketDataAccount)
  return { settings, target: account?.target ?? singleAccount(settings).target }
}
