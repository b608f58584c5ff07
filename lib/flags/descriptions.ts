/** What each flag and setting is about, for people: apart from the definitions, since no function needs the words. */

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  TRADING_STRATEGY_RUNTIME_MODE:
    'What decides: the legacy rule, the plugin runtime, or the runtime once its scheduler is enabled',
  TRADING_STRATEGY_SCHEDULER_ENABLED:
    'In scheduler_v3: the plugin runtime decides; otherwise it runs in shadow',
  TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY:
    'A strategy whose plugin could not decide falls back to the legacy rule',
  TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS: "Consecutive errors that open a strategy's circuit",
  TRADING_STRATEGY_RUNTIME_CIRCUIT_COOLDOWN_SECONDS: 'How long a circuit stays open, in signal time',
  TRADING_PLUGIN_BUDGET_MS:
    'What one plugin may take for one signal, in milliseconds; one that takes longer is stopped and its circuit opened',
  TRADING_KILL_SWITCH_CANCEL:
    "Which open orders the kill switch cancels: our own, or everybody's on the account",
  TRADING_ENABLED: 'Whether anything is ordered at all',
  TRADING_MODE: 'Paper or live trading',
  TRADING_LIVE_ENABLED: 'A second key for orders of live accounts',
  TRADING_ACCOUNT_LABEL: 'The account that is always admitted',
  TRADING_MULTI_ACCOUNT_ENABLED: 'Admits further accounts, those for which the feature flag is on too',
  TRADING_MAX_NOTIONAL_PER_TRADE: "The most that one order may be worth, in the account's currency",
  TRADING_MAX_POSITION_PCT_EQUITY: 'The most that a position may be of the equity, as a fraction',
  TRADING_MAX_DAILY_LOSS_PCT:
    "The loss against the last session's equity at which nothing new is opened, as a fraction",
  TRADING_ALLOW_SHORTS: 'Whether shares may be sold that are not held',
  TRADING_CRYPTO_ENABLED: 'Whether crypto pairs are traded',
  TRADING_CRYPTO_LIVE_ENABLED: 'Whether live accounts trade crypto pairs',
  TRADING_COOLDOWN_SECONDS: 'Pause after an accepted decision, per account and symbol',
  TRADING_MAX_ORDERS_PER_CYCLE: 'The most orders that one cycle may send',
  TRADING_SIGNAL_SOURCE: 'The source whose signals the lanes read',
  TRADING_SIGNAL_BATCH_SIZE: 'The most signals that one cycle reads',
  TRADING_SIGNAL_MAX_AGE_SECONDS: 'How old a signal may be when an order is sent for it',
  TRADING_SIGNAL_START: 'Where in the log a new lane starts',
  TRADING_TICK_ON_SIGNAL:
    'Whether lanes are ticked as soon as ingest has appended signals; needs -c tickOnSignal=true',
  TRADING_STATIC_SYMBOLS: 'The symbols that may be traded',
  TRADING_CALENDAR: 'When equities may be traded; always is refused in live mode',
  TRADING_ORDER_FEED_TOPIC: 'Topic of the trade updates, first format',
  TRADING_ORDER_FEED_TOPIC_V2: 'Topic of the trade updates, second format',
  TRADING_FEATURE_FLAGS_PROVIDER: 'Where feature flags are evaluated',
  TRADING_FEATURE_FLAGS_URL: 'The feature flag service; needed for ofrep',
  TRADING_FEATURE_FLAGS_NAMESPACE: "The feature flag service's namespace",
  TRADING_FEATURE_FLAGS_TIMEOUT_MS: 'How long a feature flag is waited for, in milliseconds',
  TRADING_METRICS_ACCOUNTS: 'Accounts that get a metric dimension of their own',
  TRADING_KILL_SWITCH_ENABLED:
    'The kill switch: while it is on nothing is ordered and open orders are cancelled',
  TRADING_ACCOUNTS_JSON:
    'The account registry: a list, or {accounts: [...]}, of label, mode, enabled, base_url, strategies',
  TRADING_MARKET_DATA:
    'Where the deployment reads bars itself, for the source alpaca-iex or alpaca-sip (docs/market-data.md)',
  TRADING_MARKET_DATA_FEED:
    "Which bars of shares: those of one exchange, or of all, which needs Alpaca's paid plan",
  TRADING_MARKET_DATA_ACCOUNT: 'The account whose key reads the bars',
  TRADING_MARKET_DATA_WARM_UP_BARS: 'How many bars of before a new symbol and timeframe begins with',
}

/** @param name of a flag that is defined */
export function flagDescription(name: string): string {
  return DESCRIPTIONS[name] ?? ''
}
