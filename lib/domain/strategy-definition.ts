/** A strategy as configured (docs/architecture.md#files). */
import type { Json } from './signal.ts'

export interface StrategyDefinition {
  readonly id: string
  readonly name: string
  readonly strategyType: string
  /** Exact; aliases are resolved by the registry. */
  readonly version: string
  readonly enabled: boolean
  readonly baseTimeframe: string
  /** Null: all symbols. */
  readonly universeSymbols: readonly string[] | null
  /** Null: as `TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY` says. */
  readonly legacyFallback: boolean | null
  readonly params: Readonly<Record<string, Json>>
}
