/** What strategies want, before and after conflicts are resolved (docs/architecture.md#words). */
import type { Decimal } from './decimal.ts'

/** Also an order's side. */
export type Direction = 'buy' | 'sell'

/** What a strategy wants. */
export interface StrategyIntent {
  readonly direction: Direction
  /** 0 to 1. */
  readonly confidence: Decimal
  /** Greater than zero, in the account's currency. */
  readonly targetNotional: Decimal
  /** Reasons, most important first. */
  readonly explain: readonly string[]
  /** Not dearer than this, or not cheaper for a sell; any price without it. */
  readonly limitPrice?: Decimal
  /** Set when all that is held is to go, whatever it is worth. */
  readonly closes?: true
}

/** A validated intent with what the runtime adds to it. */
export interface RawIntent extends StrategyIntent {
  readonly strategyId: string
  readonly symbol: string
  /** The signal's timeframe. */
  readonly horizon: string
  readonly pluginId: string
  readonly pluginVersion: string
  readonly featureSnapshotHash: string
}

/** The one answer per symbol and horizon. */
export interface AggregatedIntent extends StrategyIntent {
  readonly symbol: string
  readonly horizon: string
  /** The winning side's strategies in rank order. */
  readonly sourceStrategyIds: readonly string[]
  readonly featureSnapshotHashes: readonly string[]
}

/** Why a strategy gave no intent although it was asked. */
export type StrategyErrorReason =
  'plugin_error' | 'plugin_not_found' | 'strategy_degraded' | 'invalid_intent' | 'plugin_timeout'
