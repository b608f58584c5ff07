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
    'What decides: the legacy rule, the plugin runtime, or the runtime once its scheduler is enabled',
  ),
  schedulerEnabled: flag(
    'TRADING_STRATEGY_SCHEDULER_ENABLED',
    kind.truth,
    'false',
    'In scheduler_v3: the plugin runtime decides; otherwise it runs in shadow',
  ),
  fallbackLegacy: flag(
    FALLBACK_LEGACY,
    kind.truth,
    'true',
    'A strategy whose plugin could not decide falls back to the legacy rule',
  ),
  circuitErrors: flag(
    'TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS',
    kind.integer(1, 1000),
    '3',
    "Consecutive errors that open a strategy's circuit",
  ),
  circuitCooldownSeconds: flag(
    'TRADING_STRATEGY_RUNTIME_CIRCUIT_COOLDOWN_SECONDS',
    kind.integer(0, YEAR_SECONDS),
    '300',
    'How long a circuit stays open, in signal time',
  ),
  pluginBudgetMs: flag(
    'TRADING_PLUGIN_BUDGET_MS',
    kind.integer(10, 10_000),
    '250',
    'What one plugin may take for one signal, in milliseconds; one that takes longer is stopped and its circuit opened',
  ),
  killSwitchCancel: flag(
    'TRADING_KILL_SWITCH_CANCEL',
    kind.oneOf('own', 'all'),
    'own',
    "Which open orders the kill switch cancels: our own, or everybody's on the account",
  ),
  tradingEnabled: flag('TRADING_ENABLED', kind.truth, 'false', 'Whether anything is ordered at all'),
  mode: flag('TRADING_MODE', kind.oneOf('paper', 'live'), 'paper', 'Paper or live trading'),
  liveEnabled: flag('TRADING_LIVE_ENABLED', kind.truth, 'false', 'A second key for orders of live accounts'),
  accountLabel: flag('TRADING_ACCOUNT_LABEL', kind.label, 'paper', 'The account that is always admitted'),
  multiAccountEnabled: flag(
    'TRADING_MULTI_ACCOUNT_ENABLED',
    kind.truth,
    'false',
    'Admits further accounts, those for which the feature flag is on too',
  ),
  maxNotionalPerTrade: flag(
    'TRADING_MAX_NOTIONAL_PER_TRADE',
    kind.optional(kind.positiveDecimal()),
    kind.NONE,
    "The most that one order may be worth, in the account's currency",
  ),
  maxPositionPctEquity: flag(
    'TRADING_MAX_POSITION_PCT_EQUITY',
    kind.optional(kind.positiveDecimal(MOST_LEVERAGE, 'a fraction (0.1 is 10 %)')),
    kind.NONE,
    'The most that a position may be of the equity, as a fraction',
  ),
  maxDailyLossPct: flag(
    'TRADING_MAX_DAILY_LOSS_PCT',
    kind.optional(kind.positiveDecimal(ONE, 'a fraction (0.1 is 10 %)')),
    kind.NONE,
    "The loss against the last session's equity at which nothing new is opened, as a fraction",
  ),
  allowShorts: flag(
    'TRADING_ALLOW_SHORTS',
    kind.truth,
    'false',
    'Whether shares may be sold that are not held',
  ),
  cryptoEnabled: flag('TRADING_CRYPTO_ENABLED', kind.truth, 'false', 'Whether crypto pairs are traded'),
  cryptoLiveEnabled: flag(
    'TRADING_CRYPTO_LIVE_ENABLED',
    kind.truth,
    'false',
    'Whether live accounts trade crypto pairs',
  ),
  cooldownSeconds: flag(
    'TRADING_COOLDOWN_SECONDS',
    kind.integer(0, YEAR_SECONDS),
    '0',
    'Pause after an accepted decision, per account and symbol',
  ),
  maxOrdersPerCycle: flag(
    'TRADING_MAX_ORDERS_PER_CYCLE',
    kind.integer(1, 50),
    '20',
    'The most orders that one cycle may send',
  ),
  signalSource: flag('TRADING_SIGNAL_SOURCE', kind.name, 'ta', 'The source whose signals the lanes read'),
  signalBatchSize: flag(
    'TRADING_SIGNAL_BATCH_SIZE',
    kind.integer(1, 1000),
    '500',
    'The most signals that one cycle reads',
  ),
  signalMaxAgeSeconds: flag(
    'TRADING_SIGNAL_MAX_AGE_SECONDS',
    kind.integer(1, YEAR_SECONDS),
    '300',
    'How old a signal may be when an order is sent for it',
  ),
  signalStart: flag(
    'TRADING_SIGNAL_START',
    kind.oneOf('latest', 'earliest'),
    'latest',
    'Where in the log a new lane starts',
  ),
  tickOnSignal: flag(
    'TRADING_TICK_ON_SIGNAL',
    kind.truth,
    'false',
    'Whether lanes are ticked as soon as ingest has appended signals; needs -c tickOnSignal=true',
  ),
  staticSymbols: flag(
    'TRADING_STATIC_SYMBOLS',
    kind.optional(kind.symbols, 'all'),
    'all',
    'The symbols that may be traded',
  ),
  calendar: flag(
    'TRADING_CALENDAR',
    kind.oneOf('us_equities', 'always'),
    'us_equities',
    'When equities may be traded; always is refused in live mode',
  ),
  orderFeedTopic: flag(
    'TRADING_ORDER_FEED_TOPIC',
    kind.name,
    'torghut.trade-updates.v1',
    'Topic of the trade updates, first format',
  ),
  orderFeedTopicV2: flag(
    'TRADING_ORDER_FEED_TOPIC_V2',
    kind.optional(kind.name),
    kind.NONE,
    'Topic of the trade updates, second format',
  ),
  featureFlagsProvider: flag(
    'TRADING_FEATURE_FLAGS_PROVIDER',
    kind.oneOf('ssm', 'ofrep'),
    'ssm',
    'Where feature flags are evaluated',
  ),
  featureFlagsUrl: flag(
    'TRADING_FEATURE_FLAGS_URL',
    kind.optional(kind.url),
    kind.NONE,
    'The feature flag service; needed for ofrep',
  ),
  featureFlagsNamespace: flag(
    'TRADING_FEATURE_FLAGS_NAMESPACE',
    kind.name,
    'default',
    "The feature flag service's namespace",
  ),
  featureFlagsTimeoutMs: flag(
    'TRADING_FEATURE_FLAGS_TIMEOUT_MS',
    kind.integer(1, 10_000),
    '500',
    'How long a feature flag is waited for, in milliseconds',
  ),
  ...MARKET_DATA_DEFINITIONS,
  metricsAccounts: flag(
    'TRADING_METRICS_ACCOUNTS',
    nothingAsEmpty(kind.labels),
    kind.NONE,
    'Accounts that get a metric dimension of their own',
  ),
}

/** Known and checked, but read by readers of their own: `resolveKillSwitch` and `parseAccounts`. */
export const OTHER_DEFINITIONS: readonly FlagDefinition[] = [
  flag(
    KILL_SWITCH,
    kind.truth,
    'true',
    'The kill switch: while it is on nothing is ordered and open orders are cancelled',
  ),
  flag(
    ACCOUNTS_JSON,
    kind.optional(kind.json),
    kind.NONE,
    'The account registry: a list, or {accounts: [...]}, of label, mode, enabled, base_url, strategies',
  ),
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
