/**
 * The broker's reports of one order, reduced to what can still matter.
 *
 * Invariants: adding reports is commutative, associative and idempotent, so duplicates and reordered reports
 * end alike (docs/architecture.md#equal-plans); the filled quantity falls only by a bust or correction, which
 * replaces what was reported up to its time and nothing later (docs/architecture.md#terminal-stays); the size is
 * bounded.
 */
import { compare } from '../../domain/compare.ts'
import { ZERO, type Decimal } from '../../domain/decimal.ts'
import {
  TERMINAL_STATES,
  type EvidenceTime,
  type FillEvidence,
  type FillProgress,
  type OrderEvidence,
} from '../../domain/execution.ts'
import type { OrderProgress } from './broker-status.ts'

/** One report: a trade update, or the order as a look-up returned it. */
export interface BrokerReport extends EvidenceTime {
  readonly progress: OrderProgress
  /** Cumulative; null when the report does not say. */
  readonly filledQuantity: Decimal | null
  readonly averageFillPrice: Decimal | null
  readonly isCorrection: boolean
}

/** More than any sane history needs: each further entry takes a report that fell behind all before it. */
const MAX_FILLS = 16

const NO_EVIDENCE: OrderEvidence = { terminal: null, correction: null, fills: [] }

/** Adds a report; returns the same object when it adds nothing. */
export function addReport(evidence: OrderEvidence | null, report: BrokerReport): OrderEvidence {
  const before = evidence ?? NO_EVIDENCE
  const terminal = earliestTerminal(before.terminal, report)
  const fill = fillOf(report)
  const correction =
    report.isCorrection && fill !== null ? latestCorrection(before.correction, fill) : before.correction
  const kept = correction === before.correction ? before.fills : uncorrected(before.fills, correction)
  const fills = report.isCorrection || fill === null ? kept : addFill(kept, fill, correction)
  const isSame = terminal === before.terminal && correction === before.correction && fills === before.fills
  return isSame ? before : { terminal, correction, fills }
}

/** How far the order is filled by all that was reported. */
export function fillProgress({ correction, fills }: OrderEvidence): FillProgress {
  const candidates = correction === null ? fills : [correction, ...fills]
  let filledQuantity = ZERO
  let averageFillPrice: Decimal | null = null
  // Earliest first: of equal quantities the last known price counts.
  for (const candidate of candidates) {
    if (candidate.filledQuantity < filledQuantity) continue
    if (candidate.filledQuantity > filledQuantity) averageFillPrice = null
    filledQuantity = candidate.filledQuantity
    averageFillPrice = candidate.averageFillPrice ?? averageFillPrice
  }
  return { filledQuantity, averageFillPrice: filledQuantity === ZERO ? null : averageFillPrice }
}

function fillOf({ at, feedSeq, filledQuantity, averageFillPrice }: BrokerReport): FillEvidence | null {
  if (filledQuantity === null || filledQuantity < ZERO) return null
  return { at, feedSeq, filledQuantity, averageFillPrice }
}

/** An order has one end: if reports name several, the one that came first at the broker. */
function earliestTerminal(
  before: OrderEvidence['terminal'],
  report: BrokerReport,
): OrderEvidence['terminal'] {
  const { progress, at, feedSeq } = report
  if (progress === 'accepted' || progress === 'partially_filled') return before
  const found = { state: progress, at, feedSeq }
  if (before === null) return found
  const order =
    compareNullable(found.at, before.at, Infinity) ||
    compareNullable(found.feedSeq, before.feedSeq, Infinity) ||
    TERMINAL_STATES.indexOf(found.state) - TERMINAL_STATES.indexOf(before.state)
  return order < 0 ? found : before
}

function latestCorrection(before: FillEvidence | null, found: FillEvidence): FillEvidence {
  if (before === null) return found
  const order =
    compareTimes(found, before) ||
    compare(before.filledQuantity, found.filledQuantity) ||
    comparePrices(found, before)
  return order > 0 ? found : before
}

function uncorrected(
  fills: readonly FillEvidence[],
  correction: FillEvidence | null,
): readonly FillEvidence[] {
  return correction === null ? fills : fills.filter((fill) => compareTimes(fill, correction) > 0)
}

function addFill(
  fills: readonly FillEvidence[],
  added: FillEvidence,
  correction: FillEvidence | null,
): readonly FillEvidence[] {
  if (added.filledQuantity === ZERO) return fills
  if (correction !== null && compareTimes(added, correction) <= 0) return fills
  if (fills.some((fill) => covers(fill, added))) return fills
  const kept = [...fills.filter((fill) => !covers(added, fill)), added].sort(compareTimes)
  // The first one holds the largest quantity: it must stay.
  return kept.length > MAX_FILLS ? kept.toSpliced(1, 1) : kept
}

/** Whether `one` makes `other` superfluous, whatever correction may still arrive. */
function covers(one: FillEvidence, other: FillEvidence): boolean {
  const time = compareTimes(one, other)
  if (time < 0 || one.filledQuantity < other.filledQuantity) return false
  if (one.filledQuantity > other.filledQuantity) return true
  if (time === 0) return comparePrices(one, other) >= 0
  return one.averageFillPrice !== null || other.averageFillPrice === null
}

/** By instant, then by the feed's sequence number; what is not known counts as earliest. */
function compareTimes(left: EvidenceTime, right: EvidenceTime): number {
  return (
    compareNullable(left.at, right.at, -Infinity) || compareNullable(left.feedSeq, right.feedSeq, -Infinity)
  )
}

function comparePrices(left: FillProgress, right: FillProgress): number {
  return compareNullable(left.averageFillPrice, right.averageFillPrice, -Infinity)
}

function compareNullable(
  left: number | bigint | null,
  right: number | bigint | null,
  missing: number,
): number {
  return compare(left ?? missing, right ?? missing)
}
