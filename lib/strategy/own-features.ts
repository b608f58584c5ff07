/**
 * What a payload holds beside contract v3 (docs/architecture.md#features): the bar that a signal was made of, and
 * numbers and texts under names of the producer's own.
 *
 * Invariants: a name that the contract or the bar reads is nobody's own; a text that is a number is a Decimal; what is
 * neither number nor text is left out.
 */
import type { Decimal } from '../domain/decimal.ts'
import type { Json } from '../domain/signal.ts'
import { readDecimal } from './feature-reader.ts'
import type { BarValues, FeatureVector } from './plugin.ts'

type Block = Readonly<Record<string, Json>>

/** Every name under which lib/strategy/features.ts reads a feature, or the bar is read here. */
const CONTRACT_NAMES: ReadonlySet<string> = new Set(
  [
    'feature_schema_version price close c last rsi14 rsi',
    'macd macd_signal macd_hist macd.macd macd.signal macd.hist ema12 ema26 ema.ema12 ema.ema26',
    'vwap vwap_session vwap_w5m vwap.session vwap.w5m',
    'boll_mid boll_upper boll_lower boll.mid boll.upper boll.lower',
    'vol_realized_w60s vol_realized.w60s volatility vol sigma',
    'imbalance_spread imbalance.spread spread signal_quality_flag regime_label',
    'open o high h low l volume v',
  ].flatMap((names) => names.split(' ')),
)

/** By a name that is not the contract's; of a block inside the payload as `block.name`. Frozen. */
export function readCustom(payload: Block): FeatureVector['custom'] {
  // without a prototype: `custom.constructor` is nothing unless the payload says so
  const custom = Object.create(null) as Record<string, Decimal | string>
  for (const [name, value] of Object.entries(payload)) {
    if (isBlock(value)) for (const [inner, own] of Object.entries(value)) put(custom, `${name}.${inner}`, own)
    else put(custom, name, value)
  }
  return Object.freeze(custom)
}

/** Null unless open, high, low and close are all there. Frozen. */
export function readBar(payload: Block): BarValues | null {
  const open = readDecimal(payload['open'] ?? payload['o'])
  const high = readDecimal(payload['high'] ?? payload['h'])
  const low = readDecimal(payload['low'] ?? payload['l'])
  const close = readDecimal(payload['close'] ?? payload['c'] ?? payload['price'])
  if (open === null || high === null || low === null || close === null) return null
  return Object.freeze({ open, high, low, close, volume: readDecimal(payload['volume'] ?? payload['v']) })
}

/** Whether a name is free for a value of one's own. */
export function isOwnName(name: string): boolean {
  return !CONTRACT_NAMES.has(name)
}

function put(custom: Record<string, Decimal | string>, name: string, value: Json | undefined): void {
  if (!isOwnName(name)) return
  const own = readDecimal(value) ?? value
  if (typeof own === 'bigint' || typeof own === 'string') custom[name] = own
}

function isBlock(value: Json | undefined): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
