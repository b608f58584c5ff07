/**
 * Conflicts between strategies, resolved to one answer per symbol and horizon (docs/architecture.md#aggregation).
 *
 * Invariants: the order of the intents changes nothing; mean and net are exact until they are rounded,
 * half-even, once.
 */
import { compare } from '../domain/compare.ts'
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
const CLOSES = { closes: true } as const
const MARKET = Object.freeze({})
const ANSWER_DIGITS = 4
const ANSWER_UNIT = 10_000n

/** Merges what strategies want into one intent per symbol and horizon. */
export function aggregateIntents(raw: readonly RawIntent[]): Aggregation {
  if (raw.length === 0) return NOTHING
  const intents: AggregatedIntent[] = []
  let conflicts = 0
  for (const group of groupsOf(raw)) {
    const ranked = rank(group)
    const first = ranked[0] as RawIntent
    const conflict = ranked.some(({ direction }) => direction !== first.direction)
    if (conflict) conflicts += 1
    intents.push(conflict ? resolveConflict(ranked, first) : answer(ranked, ranked, first, false))
  }
  return { intents, conflicts }
}

/** By symbol and horizon, in sorted order. The intents of one signal are one group as they are. */
function groupsOf(raw: readonly RawIntent[]): readonly (readonly RawIntent[])[] {
  const first = raw[0] as RawIntent
  if (raw.every((intent) => sameGroup(intent, first))) return [raw]
  const groups: RawIntent[][] = []
  for (const intent of raw.toSorted(byGroup)) {
    const group = groups.at(-1)
    if (group !== undefined && sameGroup(group[0] as RawIntent, intent)) group.push(intent)
    else groups.push([intent])
  }
  return groups
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
    ...endingOf(side, best),
    featureSnapshotHashes: distinct(group.map(({ featureSnapshotHash }) => featureSnapshotHash)).sort(),
  }
}

/**
 * One that closes makes the answer close, at market unless each that closes names a limit: the best-ranked one's holds then. Else the
 * limit is the best-ranked intent's, if that names one.
 */
function endingOf(
  side: readonly RawIntent[],
  best: RawIntent,
): Pick<AggregatedIntent, 'closes' | 'limitPrice'> {
  if (!side.some(({ closes }) => closes)) return limitOf(best)
  const closing = side.filter(({ closes }) => closes)
  const atMarket = closing.some(({ limitPrice }) => limitPrice === undefined)
  return atMarket ? CLOSES : { ...CLOSES, ...limitOf(closing[0] as RawIntent) }
}

function limitOf({ limitPrice }: RawIntent): Pick<AggregatedIntent, 'limitPrice'> {
  return limitPrice === undefined ? MARKET : { limitPrice }
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

function byGroup(left: RawIntent, right: RawIntent): number {
  return compare(left.symbol, right.symbol) || compare(left.horizon, right.horizon)
}

interface Ranked {
  readonly intent: RawIntent
  /** Doubles of the Decimals: what differs as a double is ordered alike, what does not is compared exactly. */
  readonly confidence: number
  readonly notional: number
}

/** Best first: by confidence, notional, strategy id; what follows the id only makes the order total. */
export function rank(group: readonly RawIntent[]): readonly RawIntent[] {
  if (group.length === 1) return group
  return group
    .map((intent) => ({
      intent,
      confidence: Number(intent.confidence),
      notional: Number(intent.targetNotional),
    }))
    .sort(byRank)
    .map(({ intent }) => intent)
}

function byRank(left: Ranked, right: Ranked): number {
  return (
    right.confidence - left.confidence ||
    right.notional - left.notional ||
    (left.notional > Number.MAX_SAFE_INTEGER
      ? compare(right.intent.targetNotional, left.intent.targetNotional)
      : 0) ||
    compare(left.intent.strategyId, right.intent.strategyId) ||
    compare(left.intent.direction, right.intent.direction) ||
    compare(left.intent.explain.join('\n'), right.intent.explain.join('\n'))
  )
}
