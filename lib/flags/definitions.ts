/**
 * The one table of all flags and settings (docs/architecture.md#flags). Parsing, `torghut flags` and the
 * documentation are derived from it; a name that is not here does not exist.
 */
import { decimal } from '../domain/decimal.ts'
import * as kind from './kinds.ts'
import type { FlagKind } from './kinds.ts'
import { flag, type FlagDefinition } from './flag-definition.ts'
import { MARKET_DATA_DEFINITIONS } from './market-data-definitions.ts'
import type { Settings } from '../domain/settings.ts'

const YEAR_SECONDS = 31_536_000
const ONE = decimal('1')
const MOST_LEVERAGE = decimal('4')

export const KILL_SWITCH = 'TRADING_KILL_SWITCH_ENABLED'
export const FALLBACK_LEGACY = 'TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY'
export const ACCOUNTS_JSON = 'TRADING_ACCOUNTS_JSON'

/** By the key under which the value stands in Settings. */
export const SETTING_DEFINITIONS: { readonly [Key in keyof Settings]: FlagDefinition<Settings[Key]> } = {
  runtimeMode: flag(
    'TRADING_STRATEGY_RUNTIME_MODE',
    kind.oneOf('legacy', 'plugin_v3', 'scheduler_v3'),
    'legacy',
  ),
  schedulerEnabled: flag('TRADING_STRATEGY_SCHEDULER_ENABLED', kind.truth, 'false'),
  fallbackLegacy: flag(FALLBACK_LEGACY, kind.truth, 'true'),
  circuitErrors: flag('TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS', kind.integer(1, 1000), '3'),
  circuitCooldownSeconds: flag(
    'TRADING_STRATEGY_RUNTIME_CIRCUIT_COOLDOWN_SECONDS',
    kind.integer(0, YEAR_SECONDS),
    '300',
  ),
  pluginBudgetMs: flag('TRADING_PLUGIN_BUDGET_MS', kind.integer(10, 10_000), '250'),
  killSwitchCancel: flag('TRADING_KILL_SWITCH_CANCEL', kind.oneOf('own', 'all'), 'own'),
  tradingEnabled: flag('TRADING_ENABLED', kind.truth, 'false'),
  mode: flag('TRADING_MODE', kind.oneOf('paper', 'live'), 'paper'),
  liveEnabled: flag('TRADING_LIVE_ENABLED', kind.truth, 'false'),
  accountLabel: flag('TRADING_ACCOUNT_LABEL', kind.label, 'paper'),
  multiAccountEnabled: flag('TRADING_MULTI_ACCOUNT_ENABLED', kind.truth, 'false'),
  maxNotionalPerTrade: flag(
    'TRADING_MAX_NOTIONAL_PER_TRADE',
    kind.optional(kind.positiveDecimal()),
    kind.NONE,
  ),
  maxPositionPctEquity: flag(
    'TRADING_MAX_POSITION_PCT_EQUITY',
    kind.optional(kind.positiveDecimal(MOST_LEVERAGE, 'a fraction (0.1 is 10 %)')),
    kind.NONE,
  ),
  maxDailyLossPct: flag(
    'TRADING_MAX_DAILY_LOSS_PCT',
    kind.optional(kind.positiveDecimal(ONE, 'a fraction (0.1 is 10 %)')),
    kind.NONE,
  ),
  allowShorts: flag('TRADING_ALLOW_SHORTS', kind.truth, 'false'),
  cryptoEnabled: flag('TRADING_CRYPTO_ENABLED', kind.truth, 'false'),
  cryptoLiveEnabled: flag('TRADING_CRYPTO_LIVE_ENABLED', kind.truth, 'false'),
  cooldownSeconds: flag('TRADING_COOLDOWN_SECONDS', kind.integer(0, YEAR_SECONDS), '0'),
  maxOrdersPerCycle: flag('TRADING_MAX_ORDERS_PER_CYCLE', kind.integer(1, 50), '20'),
  signalSource: flag('TRADING_SIGNAL_SOURCE', kind.name, 'ta'),
  signalBatchSize: flag('TRADING_SIGNAL_BATCH_SIZE', kind.integer(1, 1000), '500'),
  signalMaxAgeSeconds: flag('TRADING_SIGNAL_MAX_AGE_SECONDS', kind.integer(1, YEAR_SECONDS), '300'),
  signalStart: flag('TRADING_SIGNAL_START', kind.oneOf('latest', 'earliest'), 'latest'),
  tickOnSignal: flag('TRADING_TICK_ON_SIGNAL', kind.truth, 'false'),
  staticSymbols: flag('TRADING_STATIC_SYMBOLS', kind.optional(kind.symbols, 'all'), 'all'),
  calendar: flag('TRADING_CALENDAR', kind.oneOf('us_equities', 'always'), 'us_equities'),
  orderFeedTopic: flag('TRADING_ORDER_FEED_TOPIC', kind.name, 'torghut.trade-updates.v1'),
  orderFeedTopicV2: flag('TRADING_ORDER_FEED_TOPIC_V2', kind.optional(kind.name), kind.NONE),
  featureFlagsProvider: flag('TRADING_FEATURE_FLAGS_PROVIDER', kind.oneOf('ssm', 'ofrep'), 'ssm'),
  featureFlagsUrl: flag('TRADING_FEATURE_FLAGS_URL', kind.optional(kind.url), kind.NONE),
  featureFlagsNamespace: flag('TRADING_FEATURE_FLAGS_NAMESPACE', kind.name, 'default'),
  featureFlagsTimeoutMs: flag('TRADING_FEATURE_FLAGS_TIMEOUT_MS', kind.integer(1, 10_000), '500'),
  ...MARKET_DATA_DEFINITIONS,
  metricsAccounts: flag('TRADING_METRICS_ACCOUNTS', nothingAsEmpty(kind.labels), kind.NONE),
}

/** Known and checked, but read by readers of their own: `resolveKillSwitch` and `parseAccounts`. */
export const OTHER_DEFINITIONS: readonly FlagDefinition[] = [
  flag(KILL_SWITCH, kind.truth, 'true'),
  flag(ACCOUNTS_JSON, kind.optional(kind.json), kind.NONE),
]

/** Every flag and setting, in the order of documentation. */
export const FLAG_DEFINITIONS: readonly FlagDefinition[] = [
  ...OTHER_DEFINITIONS,
  ...Object.values(SETTING_DEFINITIONS),
]

export const FLAG_NAMES: readonly string[] = FLAG_DEFINITIONS.map(({ name }) => name)

function nothingAsEmpty(list: FlagKind<readonly string[]>): FlagKind<readonly string[]> {
  const orNone = kind.optional(list)
  return { ...orNone, parse: (text) => mapValue(orNone.parse(text)) }
}

function mapValue(parsed: { value: readonly string[] | null } | null): { value: readonly string[] } | null {
  return parsed && { value: parsed.value ?? [] }
}
