/**
 * Feature contract v3 (docs/architecture.md#features): a signal's payload, nested or flat, as a feature vector.
 *
 * Invariants: a zero is a value; of several names for a feature the first one that is there decides, also
 * when its value cannot be read; a required feature that is missing or unreadable is an error that
 * names it; nothing but the signal decides.
 */
import { type Decimal, asDecimal, decimal, divideHalfEven } from '../domain/decimal.ts'
import type { Json, Signal } from '../domain/signal.ts'
import type { EpochMs } from '../domain/time.ts'
import { FeatureReader, readDecimal } from './feature-reader.ts'
import { readBar, readCustom } from './own-features.ts'
import {
  type BarValues,
  type FeatureValues,
  type FeatureVector,
  NUMERIC_FEATURES,
  type NumericFeature,
  REQUIRED_FEATURES,
} from './plugin.ts'

export type Normalization =
  | { readonly kind: 'ok'; readonly features: FeatureVector }
  | {
      readonly kind: 'error'
      /** `missing_required_features:<names, sorted>` or `incompatible_feature_schema:<declared>`. */
      readonly error: string
      /** What there is, when it has a price at least; null under another schema, whose names may mean anything. */
      readonly features: FeatureVector | null
    }

type Block = Readonly<Record<string, Json>>

const CONTRACT_MAJOR = 3
const NO_BLOCK: Block = {}
/** How far MACD and its signal must be apart to speak of a trend (or of its reversal). */
const TREND_DISTANCE = decimal('0.02')
const REVERSAL_DISTANCE = decimal('-0.02')

/** Place of each numeric feature in the reader's buffer. */
const slot = Object.fromEntries(NUMERIC_FEATURES.map((name, index) => [name, index])) as Readonly<
  Record<NumericFeature, number>
>
/** Scratch space: a vector that is hashed late is packed anew, so nobody can tell who read before. */
const reader = new FeatureReader()

/** Normalises a signal to contract v3. The vector is deeply frozen. */
export function normalizeFeatures(signal: Signal): Normalization {
  const { payload } = signal
  const declared = payload['feature_schema_version'] ?? null
  if (declared !== null && majorVersion(declared) !== CONTRACT_MAJOR) {
    return { kind: 'error', error: `incompatible_feature_schema:${textOf(declared)}`, features: null }
  }
  const values = readValues(signal)
  if (values.price === null || values.macd === null || values.macd_signal === null || values.rsi14 === null) {
    const features = values.price === null ? null : new LazyVector(values, payload)
    return { kind: 'error', error: `missing_required_features:${missingNames(values)}`, features }
  }
  return { kind: 'ok', features: new LazyVector(values, payload) }
}

/**
 * What can be read of a signal, whether or not it satisfies the contract: for the legacy rule, which needs
 * less. Features that are missing or unreadable are null. The vector is deeply frozen.
 */
export function readFeatures(signal: Signal): FeatureVector {
  return new LazyVector(readValues(signal), signal.payload)
}

/** The price alone, as `readFeatures` reads it. */
export function readPrice({ payload }: Pick<Signal, 'payload'>): Decimal | null {
  const vwapBlock = block(payload['vwap'])
  return (
    readDecimal(priceOf(payload, vwapBlock)) ?? middlePrice(payload, block(payload['imbalance']), vwapBlock)
  )
}

/** Works out the hash and what is not of the contract when somebody asks, which for most signals nobody does. */
class LazyVector implements FeatureVector {
  readonly values: FeatureValues
  readonly #payload: Block
  #hash: string | null = null
  #custom: FeatureVector['custom'] | null = null
  #bar: BarValues | null | undefined = undefined

  constructor(values: FeatureValues, payload: Block) {
    this.values = values
    this.#payload = payload
    Object.freeze(this)
  }

  get custom(): FeatureVector['custom'] {
    return (this.#custom ??= readCustom(this.#payload))
  }

  get bar(): BarValues | null {
    return this.#bar === undefined ? (this.#bar = readBar(this.#payload)) : this.#bar
  }

  get hash(): string {
    return (this.#hash ??= reader.hash(this.values))
  }
}
Object.freeze(LazyVector.prototype)

function readValues({ payload, eventTs, ingestTs }: Signal): FeatureValues {
  const macdGiven = payload['macd']
  const macdBlock = block(macdGiven)
  const ema = block(payload['ema'])
  const boll = block(payload['boll'])
  const imbalance = block(payload['imbalance'])
  const vwapBlock = block(payload['vwap'])
  reader.begin()
  const macd = reader.read(slot.macd, macdBlock === NO_BLOCK ? macdGiven : macdBlock['macd'])
  const macdSignal = reader.read(slot.macd_signal, macdBlock['signal'] ?? payload['macd_signal'])
  const values: FeatureValues = Object.freeze({
    price:
      reader.read(slot.price, priceOf(payload, vwapBlock)) ??
      reader.put(slot.price, middlePrice(payload, imbalance, vwapBlock)),
    macd,
    macd_signal: macdSignal,
    rsi14: reader.read(slot.rsi14, payload['rsi14'] ?? payload['rsi']),
    ema12: reader.read(slot.ema12, payload['ema12'] ?? ema['ema12']),
    ema26: reader.read(slot.ema26, payload['ema26'] ?? ema['ema26']),
    macd_hist: reader.read(slot.macd_hist, payload['macd_hist'] ?? macdBlock['hist']),
    vwap_session: reader.read(slot.vwap_session, payload['vwap_session'] ?? vwapBlock['session']),
    vwap_w5m: reader.read(slot.vwap_w5m, payload['vwap_w5m'] ?? vwapBlock['w5m']),
    boll_mid: reader.read(slot.boll_mid, payload['boll_mid'] ?? boll['mid']),
    boll_upper: reader.read(slot.boll_upper, payload['boll_upper'] ?? boll['upper']),
    boll_lower: reader.read(slot.boll_lower, payload['boll_lower'] ?? boll['lower']),
    vol_realized_w60s: reader.read(slot.vol_realized_w60s, volatilityOf(payload)),
    imbalance_spread: reader.read(slot.imbalance_spread, payload['imbalance_spread'] ?? imbalance['spread']),
    spread: reader.read(slot.spread, payload['spread']),
    staleness_ms: reader.read(slot.staleness_ms, stalenessOf(eventTs, ingestTs)),
    signal_quality_flag: qualityFlag(payload['signal_quality_flag']),
    route_regime_label: regimeLabel(payload['regime_label'], macd, macdSignal),
  })
  return reader.end(values)
}

/** A trade price; without one the session's volume-weighted price, then the last five minutes'. */
function priceOf(payload: Block, vwapBlock: Block): Json | undefined {
  return (
    payload['price'] ??
    payload['close'] ??
    payload['c'] ??
    payload['last'] ??
    vwapBlock['session'] ??
    vwapBlock['w5m'] ??
    (vwapBlock === NO_BLOCK ? payload['vwap'] : undefined) ??
    payload['vwap_session'] ??
    payload['vwap_w5m']
  )
}

/** Half way between bid and ask, where no price is given at all. */
function middlePrice(payload: Block, imbalance: Block, vwapBlock: Block): Decimal | null {
  if ((priceOf(payload, vwapBlock) ?? null) !== null) return null
  const bid = readDecimal(payload['imbalance_bid_px'] ?? imbalance['bid_px'])
  const ask = readDecimal(payload['imbalance_ask_px'] ?? imbalance['ask_px'])
  if (bid === null || ask === null) return null
  return asDecimal(divideHalfEven(bid + ask, 2n))
}

/**
 * Whole milliseconds between event and ingest, never negative. The contract measures them in seconds and
 * cuts off, so that 4.079 s count as 4078 ms: golden/features.jsonl pins it.
 */
function stalenessOf(eventTs: EpochMs, ingestTs: EpochMs | null): number {
  if (ingestTs === null || ingestTs <= eventTs) return 0
  return Math.trunc(((ingestTs - eventTs) / 1000) * 1000)
}

function volatilityOf(payload: Block): Json | undefined {
  return (
    block(payload['vol_realized'])['w60s'] ??
    payload['vol_realized_w60s'] ??
    payload['volatility'] ??
    payload['vol'] ??
    payload['sigma']
  )
}

function regimeLabel(given: Json | undefined, macd: Decimal | null, signal: Decimal | null): string {
  if (typeof given === 'string') {
    const label = given.trim().toLowerCase()
    if (label !== '') return label
  }
  if (macd === null || signal === null) return 'unknown'
  const distance = macd - signal
  if (distance >= TREND_DISTANCE) return 'trend'
  return distance <= REVERSAL_DISTANCE ? 'mean_revert' : 'range'
}

function qualityFlag(given: Json | undefined): string | null {
  if (typeof given === 'string') return given
  return typeof given === 'number' || typeof given === 'boolean' ? String(given) : null
}

function block(value: Json | undefined): Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Block) : NO_BLOCK
}

/** `v3`, `3`, `3.1` and 3 are major version 3. */
function majorVersion(declared: Json): number | null {
  const match = /^v?(\d+)(?:\.|$)/i.exec(textOf(declared).trim())
  return match ? Number(match[1]) : null
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function missingNames(values: FeatureValues): string {
  return REQUIRED_FEATURES.filter((name) => values[name] === null)
    .sort()
    .join('|')
}
