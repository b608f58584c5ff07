/**
 * The allowed moves of an execution, judged at every write: what a state may become, what may never change, and what
 * needs the broker's evidence. Told from the design, not from the code.
 */
import type { ExecutionState } from '../../../lib/domain/execution.ts'
import type { Invariant } from './checks.ts'
import type { StoredClaim, StoredExecution } from './stored.ts'

const BROKER_ENDS: readonly ExecutionState[] = ['filled', 'canceled', 'expired', 'replaced', 'rejected']
const SETTLED: readonly ExecutionState[] = ['accepted', 'partially_filled', ...BROKER_ENDS]

const MOVES: Readonly<Record<ExecutionState, readonly ExecutionState[]>> = {
  submitting: ['submitting', 'unknown', 'denied', 'absent', 'disowned', ...SETTLED],
  unknown: ['unknown', 'submitting', 'absent', 'disowned', ...SETTLED],
  accepted: ['disowned', ...SETTLED],
  partially_filled: ['partially_filled', 'disowned', ...BROKER_ENDS],
  filled: ['filled'],
  canceled: ['canceled'],
  expired: ['expired'],
  replaced: ['replaced'],
  rejected: ['rejected'],
  denied: [],
  // only on evidence: the order did show up
  absent: ['absent', 'disowned', ...SETTLED],
  // an operator's word, and nothing after it
  disowned: [],
}

const UNSETTLED: ReadonlySet<ExecutionState> = new Set(['submitting', 'unknown'])
const CLAIM_MARGIN_MS = 10_000
const MISS_SPACING_MS = 50_000

/** What the rules ask about the world at the moment of the write. */
export interface ExecutionWorld {
  readonly now: number
  /** How far wall clocks are off at most. */
  readonly skewMs: number
  /** The order as the exchange holds it. */
  readonly order: {
    readonly id: string
    readonly status: string
    readonly filled: number
    /** Whether it is not what the execution says. */
    readonly isOther: boolean
    /** Whether the broker took back what it had said of its fills. */
    readonly isCorrected: boolean
    /** Whether every look-up finds it. */
    readonly isVisible: boolean
  } | null
  /** Whether the broker answered a POST of it with its own refusal. */
  readonly refused: boolean
  /** Whether somebody else has placed orders under our ids in the account. */
  readonly foreign: boolean
  /** How many POSTs of it began under this claim's token. */
  postedUnder(token: string): boolean
  /** When an invocation's look-ups of it found nothing, oldest first. */
  readonly pointerStored: boolean
}

export type Finding = readonly [invariant: Invariant, detail: string]

export function judgeNewExecution(next: StoredExecution, { order }: ExecutionWorld): readonly Finding[] {
  const found: Finding[] = []
  if (next.revision !== 1) found.push(['version-by-one', `begins at revision ${next.revision}`])
  // an order that the broker holds had none
  const isBackfilled = next.state === 'unknown' && next.neverPostAgain && next.claim === null
  if (isBackfilled)
    return order === null ? [['broker-evidence', 'put for no order of the broker’s'], ...found] : found
  if (next.state !== 'submitting' && next.state !== 'denied') {
    found.push(['decision-first', `begins as ${next.state}`])
  }
  const claimed = next.claim !== null && !next.claim.takeover && !next.claim.dead
  if (next.state === 'submitting' && !claimed) found.push(['decision-first', 'begins without a first claim'])
  if (next.state === 'denied' && next.claim !== null) found.push(['decision-first', 'denied, but claimed'])
  return found
}

export function judgeMove(
  before: StoredExecution,
  next: StoredExecution,
  world: ExecutionWorld,
): readonly Finding[] {
  const found: Finding[] = []
  const move = `${before.state} -> ${next.state}`
  if (next.revision !== before.revision + 1) {
    found.push(['version-by-one', `revision ${before.revision} -> ${next.revision} (${move})`])
  }
  if (next.identity !== before.identity) found.push(['decision-first', 'what never changes has changed'])
  if (!MOVES[before.state].includes(next.state)) found.push(['terminal-stays', move])
  if (before.alpacaOrderId !== null && next.alpacaOrderId !== before.alpacaOrderId) {
    found.push(['terminal-stays', `its order ${before.alpacaOrderId} became ${next.alpacaOrderId}`])
  }
  if (next.filled < before.filled && world.order?.isCorrected !== true)
    found.push(['terminal-stays', `filled ${before.filled} -> ${next.filled}`])
  found.push(...judgeClaim(before, next, world), ...judgeEvidence(before, next, world))
  found.push(...judgeMiss(before, next, world))
  return found
}

/** What a state claims must be so at the broker. */
function judgeEvidence(
  before: StoredExecution,
  next: StoredExecution,
  world: ExecutionWorld,
): readonly Finding[] {
  const { order } = world
  const found: Finding[] = []
  const move = `${before.state} -> ${next.state}`
  if (next.state === 'denied' && before.claim !== null && world.postedUnder(before.claim.token)) {
    found.push(['broker-evidence', 'denied, though it was sent under this claim'])
  }
  if (next.state === 'denied' && before.claim?.takeover === true) {
    found.push(['broker-evidence', 'denied under a takeover'])
  }
  if (before.state === next.state) return found
  if (next.state === 'rejected') {
    if (!world.refused) found.push(['broker-evidence', `${move} without a refusal`])
    if (order !== null && !world.foreign) {
      found.push(['broker-evidence', `${move}, though the broker holds the order`])
    }
  } else if (next.state === 'absent') {
    if (order?.isVisible === true) {
      found.push(['broker-evidence', `${move}, though the broker shows the order`])
    }
    if (next.misses < 2) found.push(['broker-evidence', `${move} after ${next.misses} misses`])
  } else if (SETTLED.includes(next.state)) {
    if (order === null) found.push(['broker-evidence', `${move}, though the broker holds no such order`])
    else {
      if (BROKER_ENDS.includes(next.state) && order.status !== next.state) {
        found.push(['broker-evidence', `${move}, though the order is ${order.status}`])
      }
      if (order.isOther) found.push(['decision-first', `${move} by another order under its id`])
      if (next.filled > order.filled && !order.isCorrected)
        found.push(['broker-evidence', `filled ${next.filled} of ${order.filled} at the broker`])
    }
    if (UNSETTLED.has(before.state) && !world.pointerStored) {
      found.push(['submitting', `${move} before its pointer was put`])
    }
  }
  return found
}

/** A miss counts under a dead claim alone, and not within 50 s of the one before. */
function judgeMiss(
  before: StoredExecution,
  next: StoredExecution,
  world: ExecutionWorld,
): readonly Finding[] {
  if (next.misses <= before.misses || next.claim?.token !== before.claim?.token) return []
  const found: Finding[] = []
  const { claim } = next
  if (claim !== null && !isDead(claim, world)) found.push(['settling', 'a miss under a live claim'])
  if (before.lastMissAt !== null && (next.lastMissAt ?? 0) - before.lastMissAt < MISS_SPACING_MS) {
    found.push(['settling', 'two misses within 50 s'])
  }
  return found
}

function judgeClaim(
  before: StoredExecution,
  next: StoredExecution,
  world: ExecutionWorld,
): readonly Finding[] {
  const [old, claim] = [before.claim, next.claim]
  if (claim === null || claim.token === old?.token) return []
  const found: Finding[] = []
  if (next.state !== 'submitting') found.push(['submitting', `a new claim on a ${next.state} execution`])
  if (!claim.takeover) found.push(['submitting', 'a second first claim'])
  if (before.neverPostAgain) found.push(['submitting', 'claimed, though it must never be posted again'])
  if (old !== null && !isDead(old, world)) {
    found.push([
      'submitting',
      `taken over ${Math.ceil((old.diesAt - world.now) / 1000)} s before its claim dies`,
    ])
  }
  return found
}

function isDead(claim: StoredClaim, { now, skewMs }: ExecutionWorld): boolean {
  return claim.dead || now + 2 * skewMs > claim.diesAt + CLAIM_MARGIN_MS
}
