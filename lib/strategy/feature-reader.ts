/**
 * Single feature values: read from a payload, and hashed as a vector.
 *
 * Invariants: equal values give equal hashes and different values different input to the hash (presence
 * bits tell a zero from an absent value); values that do not fit the packed form are hashed as JSON text
 * instead, whose first byte differs from the packed form's. The hash does not depend on the machine's byte order.
 */
import { hash } from 'node:crypto'
import { unitsOfNumber, unitsOfText } from '../domain/decimal-units.ts'
import { type Decimal, asDecimal, decimalOfNumber, formatDecimal, parseDecimal } from '../domain/decimal.ts'
import type { Json } from '../domain/signal.ts'
import { type FeatureValues, NUMERIC_FEATURES, TEXT_FEATURES } from './plugin.ts'

const NUMBERS_AT = 8
const TWO_TO_32 = 4_294_967_296
/** First byte of the packed form; JSON text starts with `[`. */
const PACKED_FORM = 3
/** Regime labels that the contract itself derives; any other text is hashed in the JSON form. */
const LABEL_CODES: ReadonlyMap<string | null, number> = new Map([
  [null, 0],
  ['trend', 1],
  ['mean_revert', 2],
  ['range', 3],
])
/** Scratch space, overwritten by each call; nothing is carried from one to the next. */
const bytes = new Uint8Array(NUMBERS_AT + NUMERIC_FEATURES.length * 8)
const packed = new DataView(bytes.buffer)
const packedNumbers = new BigInt64Array(bytes.buffer, NUMBERS_AT)
const BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0
const number = new DataView(new ArrayBuffer(8))

/** Null when the value is absent or not a decimal number. */
export function readDecimal(value: Json | undefined): Decimal | null {
  if (typeof value === 'string') {
    const units = unitsOfText(value)
    return Number.isNaN(units) ? parseDecimal(value) : decimalOfUnits(units)
  }
  if (typeof value === 'number') {
    const units = unitsOfNumber(value)
    return Number.isNaN(units) ? decimalOfNumber(value) : decimalOfUnits(units)
  }
  return null
}

/** Hash (64 hex characters) of a vector's values, in fixed order. */
export function featureHash(values: FeatureValues): string {
  const label = LABEL_CODES.get(values.route_regime_label)
  if (label === undefined || values.signal_quality_flag !== null || !pack(values)) {
    return hash('sha256', textForm(values), 'hex')
  }
  packed.setUint8(0, PACKED_FORM)
  packed.setUint8(1, label)
  return hash('sha256', bytes, 'hex')
}

/** Packs the numbers into the scratch space; false when one does not fit. */
function pack(values: FeatureValues): boolean {
  // name by name, as reading them by a variable name costs more than hashing them; NUMERIC_FEATURES' order
  const present =
    packNumber(0, values.price) |
    packNumber(1, values.macd) |
    packNumber(2, values.macd_signal) |
    packNumber(3, values.rsi14) |
    packNumber(4, values.ema12) |
    packNumber(5, values.ema26) |
    packNumber(6, values.macd_hist) |
    packNumber(7, values.vwap_session) |
    packNumber(8, values.vwap_w5m) |
    packNumber(9, values.boll_mid) |
    packNumber(10, values.boll_upper) |
    packNumber(11, values.boll_lower) |
    packNumber(12, values.vol_realized_w60s) |
    packNumber(13, values.imbalance_spread) |
    packNumber(14, values.spread) |
    packNumber(15, values.staleness_ms)
  if (present < 0) return false
  if (BIG_ENDIAN) Buffer.from(packedNumbers.buffer, NUMBERS_AT).swap64()
  packed.setUint32(4, present, true)
  return true
}

/** Writes a feature to its place: its presence bit, which is 0 for an absent one, or -1 when it does not fit. */
function packNumber(slot: number, value: Decimal | null): number {
  packedNumbers[slot] = value ?? 0n
  if (value === null) return 0
  return packedNumbers[slot] === value ? 1 << slot : -1
}

/** A safe integer as a bigint: through two's complement words, which is faster than `BigInt()`. */
function decimalOfUnits(units: number): Decimal {
  const high = Math.floor(units / TWO_TO_32)
  number.setUint32(0, units - high * TWO_TO_32, true)
  number.setInt32(4, high, true)
  return asDecimal(number.getBigInt64(0, true))
}

function textForm(values: FeatureValues): string {
  const numbers = NUMERIC_FEATURES.map((name) => {
    const value = values[name]
    return value === null ? null : formatDecimal(value)
  })
  return JSON.stringify([...numbers, ...TEXT_FEATURES.map((name) => values[name])])
}
