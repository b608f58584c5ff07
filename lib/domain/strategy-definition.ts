/** A strategy as configured (docs/architecture.md#files), and the parameters by which it limits itself. */
import type { Json } from './signal.ts'
import { ONE, type Decimal, parseDecimal } from './decimal.ts'

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

/**
 * The limits of docs/architecture.md#sizing: an amount in the account's currency, and a fraction of the equity (0.02 is
 * 2 %). Invariant: a limit that is there and cannot be read is never taken for no limit.
 */
export const STRATEGY_CAPS = {
  max_notional_per_trade: { most: null, allowed: 'an amount above 0, such as 1000' },
  max_position_pct_equity: { most: ONE, allowed: 'a fraction above 0, at most 1 (0.02 is 2 %)' },
} as const satisfies Record<string, { readonly most: Decimal | null; readonly allowed: string }>

export type StrategyCap = keyof typeof STRATEGY_CAPS

/** The limit; null when it is absent (or null), `unreadable` when what is there is no such limit. */
export function readStrategyCap(
  params: StrategyDefinition['params'],
  cap: StrategyCap,
): Decimal | 'unreadable' | null {
  const value = Object.hasOwn(params, cap) ? params[cap] : undefined
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' && typeof value !== 'number') return 'unreadable'
  const parsed = parseDecimal(String(value))
  const { most } = STRATEGY_CAPS[cap]
  return parsed !== null && parsed > 0n && (most === null || parsed <= most) ? parsed : 'unreadable'
}
