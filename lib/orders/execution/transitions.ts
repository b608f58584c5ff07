/**
 * What we ourselves make of an execution: from claiming it to proving its order absent
 * (docs/architecture.md#submitting, docs/architecture.md#settling). What the broker's reports make of it is in
 * `broker-reports.ts`. Pure.
 *
 * Invariants: a claim's holder says one thing of it, and nothing once the claim is another's or the order's fate is
 * known; only a first claim's holder may write `denied` or `rejected`; two misses at least 50 s apart prove an
 * order absent; whoever disowns an order says so as an operator.
 */
import { ZERO } from '../../domain/decimal.ts'
import type { Decision } from '../../domain/decision.ts'
import type { DeniedReason } from '../../domain/denied-reason.ts'
import { isOpenWork, type Claim, type PermissionRecord } from '../../domain/execution.ts'
import type { AlpacaOrderId } from '../../domain/ids.ts'
import type { Change, ExecutionContent, Move, Transition } from './moves.ts'

/** Two look-ups closer together than this count as one miss. */
const MISS_SPACING_MS = 50_000
const MISSES_UNTIL_ABSENT = 2
const BACKFILLED = 'the broker holds its order, and it had no execution'

/** A claim as its holder knows it. */
export interface Holding {
  readonly claim: Claim
  /** What its POST was permitted under; null as long as nothing was sent. */
  readonly permission: PermissionRecord | null
}

/** The first claim of a decision's order, and what it was given under. */
export function claimed(decision: Decision, claim: Claim, permission: PermissionRecord): Transition {
  return { move: 'claimed', content: { ...unsent(decision), state: 'submitting', claim, permission } }
}

/** The broker holds an order of the decision, and nothing else tells of it: to be looked up, and never sent again. */
export function backfilled(decision: Decision): Transition {
  const content = { ...unsent(decision), state: 'unknown', neverPostAgain: true, note: BACKFILLED } as const
  return { move: 'backfilled', content }
}

/** The order of a decision that is not even claimed. */
export function denied(decision: Decision, reason: DeniedReason): Transition {
  return { move: 'denied', content: { ...unsent(decision), state: 'denied', deniedReason: reason } }
}

/** The holder of a first claim was denied before it sent anything. */
export function withdrawn(holding: Holding, reason: DeniedReason): Change {
  return byHolder(holding, 'denied', { state: 'denied', deniedReason: reason, claim: null })
}

/** Nothing was taken under the claim; whoever comes next need not wait for it to die. */
export function released(holding: Holding, note: string): Change {
  return byHolder(holding, 'released', { claim: { ...holding.claim, dead: true }, note })
}

export function unanswered(holding: Holding, note: string): Change {
  return byHolder(holding, 'unanswered', { state: 'unknown', note })
}

/** The broker refused the order: a first claim's only, since a takeover's refusal may be an earlier POST's doing. */
export function rejected(holding: Holding, body: string): Change {
  return byHolder(holding, 'rejected', { state: 'rejected', rejection: body, claim: null })
}

/** A takeover's POST was refused. If the look-up after it found nothing either, that is the first miss. */
export function refusedAgain(holding: Holding, body: string, isMiss: boolean): Change {
  return (current, now) =>
    byHolder(holding, 'refusedAgain', {
      state: 'unknown',
      claim: { ...holding.claim, dead: true },
      misses: isMiss ? { count: 1, lastAt: now } : null,
      neverPostAgain: true,
      note: `refused after a takeover: ${body}`,
    })(current, now)
}

/** A new holder in place of a dead one. To be tried once, on the execution that was read and judged. */
export function takenOver(claim: Claim): Change {
  return (current) => ({
    move: 'takenOver',
    content: { ...current, state: 'submitting', claim, misses: null },
  })
}

/**
 * A look-up under a dead claim found nothing. To be tried once, on the execution that was read: it says nothing
 * about a claim, or a miss, that came after it.
 */
export const missed: Change = (current, now) => {
  const { misses, state } = current
  if (misses !== null && now - misses.lastAt < MISS_SPACING_MS) return null
  const count = (misses?.count ?? 0) + 1
  const isProven = count >= MISSES_UNTIL_ABSENT
  return {
    move: 'missed',
    content: { ...current, state: isProven ? 'absent' : state, misses: { count, lastAt: now } },
  }
}

/** The second look at an absent one, which found nothing. */
export const rechecked: Change = (current, now) =>
  current.state === 'absent' && current.recheckedAt === null
    ? { move: 'rechecked', content: { ...current, recheckedAt: now } }
    : null

/** An operator's word on the execution that was read and judged, so to be tried once. */
export function disowned(operator: string, alpacaOrderId: AlpacaOrderId): Change {
  return (current, now) =>
    isOpenWork(current)
      ? {
          move: 'disowned',
          content: {
            ...current,
            state: 'disowned',
            claim: null,
            disowned: { operator, at: now, alpacaOrderId },
          },
        }
      : null
}

function byHolder({ claim, permission }: Holding, move: Move, change: Partial<ExecutionContent>): Change {
  return (current) =>
    current.state === 'submitting' && current.claim?.token === claim.token
      ? { move, content: { ...current, permission: permission ?? current.permission, ...change } }
      : null
}

function unsent(decision: Decision): Omit<ExecutionContent, 'state'> {
  const { accountLabel, clientOrderId, decisionId, brokerTarget } = decision
  const { symbol, side, quantity, timeInForce, limitPrice } = decision
  return {
    accountLabel,
    clientOrderId,
    decisionId,
    symbol,
    side,
    quantity,
    timeInForce,
    limitPrice,
    brokerTarget,
    claim: null,
    misses: null,
    neverPostAgain: false,
    alpacaOrderId: null,
    filledQuantity: ZERO,
    averageFillPrice: null,
    deniedReason: null,
    rejection: null,
    note: null,
    permission: null,
    evidence: null,
    recheckedAt: null,
    disowned: null,
  }
}
