/**
 * The plain floor that the runtime is measured against: the same payload mapping, the same two rules, the
 * same aggregation, all in doubles with NaN for what is absent, one sha256 per signal over the doubles'
 * bytes, and nothing else: no registry, no isolation, no validation, no circuits, nothing frozen.
 *
 * It is written to be as fast as straightforward code gets; it is here to be hard to keep up with.
 */
import { hash } from 'node:crypto'
import type { Json, Signal } from '../lib/domain/signal.ts'

export interface FloorStrategy {
  readonly id: string
  readonly rule: 'legacy_macd_rsi' | 'intraday_tsmom'
  readonly timeframe: string
  readonly notional: number
}

export interface FloorIntent {
  readonly strategyId: string
  readonly buy: boolean
  readonly confidence: number
  readonly notional: number
  readonly explain: readonly string[]
}

export interface FloorAnswer {
  readonly buy: boolean
  readonly confidence: number
  readonly notional: number
  readonly explain: readonly string[]
  readonly sources: readonly string[]
}

export interface FloorResult {
  readonly hash: string
  readonly raw: readonly FloorIntent[]
  readonly answer: FloorAnswer | null
  readonly conflict: boolean
}

interface Values {
  readonly price: number
  readonly macd: number
  readonly signal: number
  readonly rsi14: number
  readonly ema12: number
  readonly ema26: number
  readonly volatility: number
}

type Block = Readonly<Record<string, Json>>

const numbers = new Float64Array(17)
const bytes = new Uint8Array(numbers.buffer)
const NO_BLOCK: Block = {}
const LEGACY_BUY = ['macd_cross_up', 'rsi_oversold']
const LEGACY_SELL = ['macd_cross_down', 'rsi_overbought']
const TSMOM_BUY = ['tsmom_trend_up', 'momentum_confirmed', 'volatility_within_budget']
const TSMOM_SELL = ['tsmom_trend_down', 'momentum_reversal_exit']

/** Null when a required feature is missing. */
export function floorSignal(strategies: readonly FloorStrategy[], signal: Signal): FloorResult | null {
  const values = normalize(signal)
  if (values === null) return null
  const digest = hash('sha256', bytes, 'hex')
  const raw: FloorIntent[] = []
  for (const strategy of strategies) {
    if (strategy.timeframe !== signal.timeframe) continue
    const intent = strategy.rule === 'legacy_macd_rsi' ? legacy(strategy, values) : tsmom(strategy, values)
    if (intent !== null) raw.push(intent)
  }
  if (raw.length === 0) return { hash: digest, raw, answer: null, conflict: false }
  return aggregate(digest, raw)
}

function normalize({ payload, eventTs, ingestTs }: Signal): Values | null {
  const declared = payload['feature_schema_version'] ?? null
  if (declared !== null && declared !== 'v3') return null
  const macdBlock = block(payload['macd'])
  const ema = block(payload['ema'])
  const boll = block(payload['boll'])
  const imbalance = block(payload['imbalance'])
  const vwap = block(payload['vwap'])
  const price = number(
    payload['price'] ??
      payload['close'] ??
      payload['c'] ??
      payload['last'] ??
      vwap['session'] ??
      vwap['w5m'] ??
      payload['vwap_session'] ??
      payload['vwap_w5m'],
  )
  const macd = number(macdBlock === NO_BLOCK ? payload['macd'] : macdBlock['macd'])
  const signal = number(macdBlock['signal'] ?? payload['macd_signal'])
  const rsi14 = number(payload['rsi14'] ?? payload['rsi'])
  const ema12 = number(payload['ema12'] ?? ema['ema12'])
  const ema26 = number(payload['ema26'] ?? ema['ema26'])
  const volatility = number(
    block(payload['vol_realized'])['w60s'] ??
      payload['vol_realized_w60s'] ??
      payload['volatility'] ??
      payload['vol'] ??
      payload['sigma'],
  )
  numbers[0] = price
  numbers[1] = macd
  numbers[2] = signal
  numbers[3] = rsi14
  numbers[4] = ema12
  numbers[5] = ema26
  numbers[6] = number(payload['macd_hist'] ?? macdBlock['hist'])
  numbers[7] = number(payload['vwap_session'] ?? vwap['session'])
  numbers[8] = number(payload['vwap_w5m'] ?? vwap['w5m'])
  numbers[9] = number(payload['boll_mid'] ?? boll['mid'])
  numbers[10] = number(payload['boll_upper'] ?? boll['upper'])
  numbers[11] = number(payload['boll_lower'] ?? boll['lower'])
  numbers[12] = volatility
  numbers[13] = number(payload['imbalance_spread'] ?? imbalance['spread'])
  numbers[14] = number(payload['spread'])
  numbers[15] = ingestTs === null || ingestTs < eventTs ? 0 : ingestTs - eventTs
  numbers[16] = macd - signal >= 0.02 ? 1 : macd - signal <= -0.02 ? -1 : 0
  if (price !== price || macd !== macd || signal !== signal || rsi14 !== rsi14) return null
  return { price, macd, signal, rsi14, ema12, ema26, volatility }
}

function legacy({ id, notional }: FloorStrategy, { macd, signal, rsi14 }: Values): FloorIntent | null {
  if (rsi14 < 35 && macd > signal) {
    return { strategyId: id, buy: true, confidence: 0.65, notional, explain: LEGACY_BUY }
  }
  if (rsi14 > 65 && macd < signal) {
    return { strategyId: id, buy: false, confidence: 0.65, notional, explain: LEGACY_SELL }
  }
  return null
}

function tsmom({ id, notional }: FloorStrategy, values: Values): FloorIntent | null {
  const { macd, signal, rsi14, ema12, ema26, volatility } = values
  if (ema12 > ema26 && macd - signal >= 0.04 && rsi14 >= 52 && rsi14 <= 62) {
    if (volatility < 0.001 || volatility > 0.012) return null
    const confidence = 0.64 + (macd - signal >= 0.1 ? 0.05 : 0) + (volatility <= 0.008 ? 0.03 : 0)
    return { strategyId: id, buy: true, confidence: Math.min(confidence, 0.82), notional, explain: TSMOM_BUY }
  }
  if (ema12 < ema26 && signal - macd >= 0.06 && rsi14 >= 66) {
    const confidence = Math.min(rsi14 >= 72 ? 0.65 : 0.62, 0.78)
    return { strategyId: id, buy: false, confidence, notional, explain: TSMOM_SELL }
  }
  return null
}

function aggregate(digest: string, raw: readonly FloorIntent[]): FloorResult {
  const ranked = raw.toSorted(
    (left, right) =>
      right.confidence - left.confidence ||
      right.notional - left.notional ||
      (left.strategyId < right.strategyId ? -1 : 1),
  )
  let net = 0
  let buys = 0
  for (const { buy, confidence, notional } of ranked) {
    net += buy ? confidence * notional : -confidence * notional
    if (buy) buys += 1
  }
  const conflict = buys > 0 && buys < ranked.length
  const wantsBuy = net === 0 ? ranked[0]?.buy === true : net > 0
  const side = conflict ? ranked.filter(({ buy }) => buy === wantsBuy) : ranked
  let confidence = 0
  let notional = 0
  for (const intent of side) {
    confidence += intent.confidence
    notional += intent.notional
  }
  const reasons = side[0]?.explain ?? []
  const answer = {
    buy: wantsBuy,
    confidence: Math.round((confidence / side.length) * 1e4) / 1e4,
    notional: Math.round(notional * 1e4) / 1e4,
    explain: conflict ? [...reasons, 'intent_conflict_resolved'] : reasons,
    sources: side.map(({ strategyId }) => strategyId),
  }
  return { hash: digest, raw, answer, conflict }
}

function block(value: Json | undefined): Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Block) : NO_BLOCK
}

function number(value: Json | undefined): number {
  return typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
}
