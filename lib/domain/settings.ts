/**
 * All flags and settings (docs/architecture.md#settings), as values. `parse-settings.ts` makes them from
 * text, strictly; this file is only what they are.
 */
import type { AccountLabel } from './account-label.ts'
import type { TradingMode } from './account.ts'
import type { Decimal } from './decimal.ts'
import type { Seconds } from './time.ts'

/** Flags and settings as text, by name; undefined means absent. */
export type RawValues = Readonly<Record<string, string | undefined>>

/** Alpaca's feeds of shares; coins have one of their own. */
export type MarketDataFeed = 'iex' | 'sip'

export type RuntimeMode = 'legacy' | 'plugin_v3' | 'scheduler_v3'

export interface Settings {
  readonly runtimeMode: RuntimeMode
  readonly schedulerEnabled: boolean
  readonly fallbackLegacy: boolean
  readonly circuitErrors: number
  readonly circuitCooldownSeconds: Seconds
  readonly pluginBudgetMs: number
  readonly killSwitchCancel: 'own' | 'all'
  readonly tradingEnabled: boolean
  readonly mode: TradingMode
  readonly liveEnabled: boolean
  readonly accountLabel: AccountLabel
  readonly multiAccountEnabled: boolean
  readonly maxNotionalPerTrade: Decimal | null
  readonly maxPositionPctEquity: Decimal | null
  readonly maxDailyLossPct: Decimal | null
  readonly allowShorts: boolean
  readonly cryptoEnabled: boolean
  readonly cryptoLiveEnabled: boolean
  readonly cooldownSeconds: Seconds
  readonly maxOrdersPerCycle: number
  readonly signalSource: string
  readonly signalBatchSize: number
  readonly signalMaxAgeSeconds: Seconds
  readonly signalStart: 'latest' | 'earliest'
  /** Whether lanes are ticked as soon as `ingest` has appended signals. */
  readonly tickOnSignal: boolean
  /** Null: all symbols. */
  readonly staticSymbols: readonly string[] | null
  readonly calendar: 'us_equities' | 'always'
  readonly orderFeedTopic: string
  readonly orderFeedTopicV2: string | null
  readonly featureFlagsProvider: 'ssm' | 'ofrep'
  readonly featureFlagsUrl: string | null
  readonly featureFlagsNamespace: string
  readonly featureFlagsTimeoutMs: number
  /** Where the deployment reads bars itself. */
  readonly marketData: 'off' | 'alpaca'
  readonly marketDataFeed: MarketDataFeed
  /** The account whose key reads them. */
  readonly marketDataAccount: AccountLabel
  /** So many bars of before begin a new series. */
  readonly marketDataWarmUpBars: number
  /** Accounts that get a metric dimension of their own. */
  readonly metricsAccounts: readonly string[]
}

/** Whether both hold the same texts under the same names. */
export function areSameValues(left: RawValues, right: RawValues): boolean {
  if (left === right) return true
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => left[name] === right[name] && name in right)
  )
}

/** Values to compare later ones with by `areSameValues`: a copy, unless they cannot change. */
export function remembered(values: RawValues): RawValues {
  return Object.isFrozen(values) ? values : { ...values }
}

/**
 * What is made of raw values, for who asks again and again: made anew only when one of them differs from the last ones.
 * @param make by nothing but its values. What it throws is not kept
 */
export function madeOnce<Layers extends readonly RawValues[], Made>(
  make: (...layers: Layers) => Made,
): (...layers: Layers) => Made {
  let kept: { readonly under: readonly RawValues[]; readonly made: Made } | null = null
  return (...layers) => {
    const isSame = kept?.under.every((values, index) => areSameValues(values, layers[index] as RawValues))
    if (kept === null || isSame !== true) kept = { made: make(...layers), under: layers.map(remembered) }
    return kept.made
  }
}
