/**
 * The plugin contract (docs/architecture.md#plugins). Plugins are user code: the runtime trusts nothing they
 * return.
 */
import type { Decimal } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'
import type { Json } from '../domain/signal.ts'
import type { AccountView } from './account-view.ts'
import type { JsonSchema } from './json-schema.ts'

export const REQUIRED_FEATURES = ['price', 'macd', 'macd_signal', 'rsi14'] as const
export const NUMERIC_FEATURES = [
  ...REQUIRED_FEATURES,
  'ema12',
  'ema26',
  'macd_hist',
  'vwap_session',
  'vwap_w5m',
  'boll_mid',
  'boll_upper',
  'boll_lower',
  'vol_realized_w60s',
  'imbalance_spread',
  'spread',
  'staleness_ms',
] as const
/** `custom.atr14` requires `features.custom.atr14`. */
export const CUSTOM_PREFIX = 'custom.'
export const TEXT_FEATURES = ['signal_quality_flag', 'route_regime_label'] as const

export type NumericFeature = (typeof NUMERIC_FEATURES)[number]
export type TextFeature = (typeof TEXT_FEATURES)[number]
export type FeatureName = NumericFeature | TextFeature
/** What a plugin may require: of the contract, of the payload's further values, or the bar. */
export type RequiredFeature = FeatureName | `${typeof CUSTOM_PREFIX}${string}` | 'bar'

export type FeatureValues = Readonly<
  Record<NumericFeature, Decimal | null> & Record<TextFeature, string | null>
>

/** The bar that a signal was made of. */
export interface BarValues {
  readonly open: Decimal
  readonly high: Decimal
  readonly low: Decimal
  readonly close: Decimal
  /** Null where the source tells none. */
  readonly volume: Decimal | null
}

/** A signal normalised to contract v3, deeply frozen. */
export interface FeatureVector {
  readonly values: FeatureValues
  /** The payload's further numbers and texts, by name; those of a block as `block.name`. */
  readonly custom: Readonly<Record<string, Decimal | string>>
  /** Null when the payload does not hold open, high, low and close. */
  readonly bar: BarValues | null
  /** Hash of the values, in fixed order. */
  readonly hash: string
}

/** An earlier signal's vector; features of contract v3 beside the price may be missing. */
export interface PastVector extends FeatureVector {
  /** ISO-8601 UTC. */
  readonly eventTs: string
}

export interface StrategyContext extends AccountView {
  readonly strategyId: string
  readonly strategyName: string
  readonly strategyType: string
  readonly strategyVersion: string
  /** ISO-8601 UTC. */
  readonly eventTs: string
  readonly symbol: string
  readonly timeframe: string
  readonly params: Readonly<Record<string, Json>>
  /** As many as the plugin's `history` says, oldest first, without the present one. */
  readonly history: readonly PastVector[]
}

export interface StrategyPlugin {
  /** = strategy_type */
  readonly pluginId: string
  readonly version: string
  readonly requiredFeatures: readonly RequiredFeature[]
  /** `price`: it is asked although other features of contract v3 are missing. Without it: `contract`. */
  readonly needs?: 'contract' | 'price'
  /** How many earlier vectors of the same symbol and timeframe it looks at, 0 to 500; it is not asked before they are there. */
  readonly history?: number
  /** What its parameters may be: with it all of them are checked, without it none. */
  readonly params?: JsonSchema
  evaluate(context: StrategyContext, features: FeatureVector): PluginIntent | null | undefined
}

/** What a plugin wants; amounts as Decimals, or the bigints that `+` and `-` make of them. */
export type PluginIntent = OrderIntent | CloseIntent

interface AnyIntent {
  /** 0 to 1. */
  readonly confidence: bigint
  /** Reasons, most important first. */
  readonly explain: readonly string[]
  /** Buys not above it, sells not below it, at once or not at all; without it at any price. */
  readonly limitPrice?: bigint
}

export interface OrderIntent extends AnyIntent {
  readonly direction: Direction
  /** Greater than zero, in the account's currency. */
  readonly targetNotional: bigint
}

/** Sells or buys back all that the account holds of the symbol. */
export interface CloseIntent extends AnyIntent {
  readonly close: true
}
