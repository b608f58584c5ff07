/**
 * Conflicts between strategies, resolved to one answer per symbol and horizon (design section 6,
 * "Aggregation").
 *
 * Invariants: the order of the intents changes nothing; mean and net are exact until they are rounded,
 * half-even, once.
 */
import { type Decimal, asDecimal, divideHalfEven, round } from '../domain/decimal.ts'
import type { AggregatedIntent, RawIntent } from '../domain/intent.ts'

export interface Aggregation {
  /** Sorted by symbol, then horizon. */
  readonly intents: readonly AggregatedIntent[]
  /** Groups in which both directions were wanted. */
  readonly conflicts: number
}

export const CONFLICT_RESOLVED = 'intent_conflict_resolved'

const NOTHING: Aggregation = Object.freeze({ intents: Object.freeze([]), conflicts: 0 })
const ANSWER_DIGITS = 4
const ANSWER_UNIT = 10_000n

/** Merges what strategies want into one intent per symbol and horizon. */
export function aggregateIntents(raw: readonly RawIntent[]): Aggregation {
  if (raw.length === 0) return NOTHING
  const ranked = raw.toSorted(byGroupAndRank)
  const intents: AggregatedIntent[] = []
  let conflicts = 0
  for (let from = 0; from < ranked.length;) {
    const first = ranked[from] as RawIntent
    let to = from + 1
    while (to < ranked.length && sameGroup(first, ranked[to] as RawIntent)) to += 1
    const group = to - from === ranked.length ? ranked : ranked.slice(from, to)
    const conflict = group.some(({ direction }) => direction !== first.direction)
    if (conflict) conflicts += 1
    intents.push(conflict ? resolveConflict(group, first) : answer(group, group, first, false))
    from = to
  }
  return { intents, conflicts }
}

/** The side with the larger sum of confidence x notional wins; on a tie the best-ranked intent's. */
function resolveConflict(ranked: readonly RawIntent[], first: RawIntent): AggregatedIntent {
  let net = 0n
  for (const { direction, confidence, targetNotional } of ranked) {
    net += direction === 'buy' ? confidence * targetNotional : -(confidence * targetNotional)
  }
  const winner = net === 0n ? first.direction : net > 0n ? 'buy' : 'sell'
  const side = ranked.filter(({ direction }) => direction === winner)
  return answer(ranked, side, side[0] ?? first, true)
}

function answer(
  group: readonly RawIntent[],
  side: readonly RawIntent[],
  best: RawIntent,
  conflict: boolean,
): AggregatedIntent {
  let confidence = 0n
  let notional = 0n
  for (const intent of side) {
    confidence += intent.confidence
    notional += intent.targetNotional
  }
  return {
    symbol: best.symbol,
    horizon: best.horizon,
    direction: best.direction,
    confidence: meanOf(confidence, side.length),
    targetNotional: round(asDecimal(notional), ANSWER_DIGITS),
    explain: conflict ? [...best.explain, CONFLICT_RESOLVED] : best.explain,
    sourceStrategyIds: distinct(side.map(({ strategyId }) => strategyId)),
    featureSnapshotHashes: distinct(group.map(({ featureSnapshotHash }) => featureSnapshotHash)).sort(),
  }
}

/** The exact quotient, rounded half-even to 4 digits in one step. */
function meanOf(sum: bigint, count: number): Decimal {
  return asDecimal(divideHalfEven(sum, BigInt(count) * ANSWER_UNIT) * ANSWER_UNIT)
}

function distinct(values: readonly string[]): string[] {
  return values.length === 1 ? [...values] : [...new Set(values)]
}

function sameGroup(left: RawIntent, right: RawIntent): boolean {
  return left.symbol === right.symbol && left.horizon === right.horizon
}

/** Symbol, horizon, then rank; what follows the strategy id only makes the order total. */
function byGroupAndRank(left: RawIntent, right: RawIntent): number {
  return (
    compare(left.symbol, right.symbol) ||
    compare(left.horizon, right.horizon) ||
    compare(right.confidence, left.confidence) ||
    compare(right.targetNotional, left.targetNotional) ||
    compare(left.strategyId, right.strategyId) ||
    compare(left.direction, right.direction) ||
    compare(left.explain.join('\n'), right.explain.join('\n'))
  )
}

function compare<Value extends string | bigint>(left: Value, right: Value): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
