/**
 * Reads feature values and packs them for hashing in the same pass: each numeric feature has a fixed place in a buffer,
 * from which its Decimal is taken as well.
 *
 * Invariants: equal values give equal hashes and different values different input to the hash (presence
 * bits tell a zero from an absent value); values that do not fit the buffer are hashed as JSON text
 * instead, whose first byte differs from the buffer's. The hash depends neither on the machine's byte order nor on
 * what has been read in between: a vector whose place in the buffer another one has taken is packed again.
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

/** Null when the value is absent or not a decimal number. */
export function readDecimal(value: Json | undefined): Decimal | null {
  if (typeof value === 'string') return parseDecimal(value)
  return typeof value === 'number' ? decimalOfNumber(value) : null
}

export class FeatureReader {
  readonly #bytes = new Uint8Array(NUMBERS_AT + NUMERIC_FEATURES.length * 8)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #numbers = new Float64Array(this.#bytes.buffer, NUMBERS_AT)
  #present = 0
  #fits = true
  /** The vector that the buffer holds. */
  #held: FeatureValues | null = null

  /** Starts a new vector; must come before its first `read`. */
  begin(): void {
    this.#present = 0
    this.#fits = true
    this.#held = null
  }

  /** As readDecimal, of the feature in a slot (its index in NUMERIC_FEATURES). */
  read(slot: number, value: Json | undefined): Decimal | null {
    if (typeof value === 'string') {
      const units = unitsOfText(value)
      return Number.isNaN(units) ? this.put(slot, parseDecimal(value)) : this.#keep(slot, units)
    }
    if (typeof value === 'number') {
      const units = unitsOfNumber(value)
      return Number.isNaN(units) ? this.put(slot, decimalOfNumber(value)) : this.#keep(slot, units)
    }
    return null
  }

  /** Puts a value that was computed rather than read. */
  put(slot: number, value: Decimal | null): Decimal | null {
    if (value === null) return null
    if (BigInt.asIntN(64, value) === value) {
      this.#view.setBigInt64(NUMBERS_AT + slot * 8, value, true)
      this.#present |= 1 << slot
    } else this.#fits = false
    return value
  }

  /** Ends a vector: says which one the reads since `begin` made. */
  end(values: FeatureValues): FeatureValues {
    this.#held = values
    return values
  }

  /** Hash (64 hex characters) of a vector's values, in fixed order. */
  hash(values: FeatureValues): string {
    const label = LABEL_CODES.get(values.route_regime_label)
    if (this.#held !== values) this.#pack(values)
    if (!this.#fits || label === undefined || values.signal_quality_flag !== null) {
      return hash('sha256', textForm(values), 'hex')
    }
    for (let slot = 0; slot < NUMERIC_FEATURES.length; slot += 1) {
      // an earlier vector's
      if ((this.#present & (1 << slot)) === 0) this.#numbers[slot] = 0
    }
    this.#bytes[0] = PACKED_FORM
    this.#bytes[1] = label
    this.#view.setUint32(4, this.#present, true)
    return hash('sha256', this.#bytes, 'hex')
  }

  #pack(values: FeatureValues): void {
    this.begin()
    for (const [slot, name] of NUMERIC_FEATURES.entries()) this.put(slot, values[name])
    this.end(values)
  }

  /** Writes a safe integer as two's complement words and takes the bigint from there, which is faster than `BigInt()`. */
  #keep(slot: number, units: number): Decimal {
    const at = NUMBERS_AT + slot * 8
    const high = Math.floor(units / TWO_TO_32)
    this.#view.setUint32(at, units - high * TWO_TO_32, true)
    this.#view.setInt32(at + 4, high, true)
    this.#present |= 1 << slot
    return asDecimal(this.#view.getBigInt64(at, true))
  }
}

function textForm(values: FeatureValues): string {
  const numbers = NUMERIC_FEATURES.map((name) => {
    const value = values[name]
    return value === null ? null : formatDecimal(value)
  })
  return JSON.stringify([...numbers, ...TEXT_FEATURES.map((name) => values[name])])
}
