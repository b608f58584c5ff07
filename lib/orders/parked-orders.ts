/**
 * Looks again at orders that trade updates told of and nobody knew (docs/architecture.md#external-orders): their updates
 * are applied to the execution that stands for them by now, or they are external.
 *
 * Invariants: an update alone makes no execution, only what the broker itself says of an order does; the broker is asked
 * only about an order of which an accepted decision is stored, so that no flood of updates uses up its requests.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { UnavailableError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import { isOurs } from '../domain/ids.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import type { ExternalReason, UnmatchedOrder } from '../domain/unmatched-order.ts'
import type { Broker } from '../ports/broker.ts'
import { withOrderEvents } from './execution/broker-reports.ts'
import { executionOf, storedUpdates } from './order-feed/stored-updates.ts'
import { recordChange } from './record-change.ts'
import { markExternal, resolveOrder, type Resolution, type ResolveDeps } from './resolve-order.ts'
import { SWEEP_OVERLAP_SECONDS } from './sweep.ts'

/** What is said of one. */
type Judged =
  | Exclude<Resolution, { kind: 'known' }>
  /** Its updates are applied. */
  | { readonly kind: 'adopted' }
  /** Nothing can be said of it yet. */
  | { readonly kind: 'waits' }

type Review = Judged | { readonly kind: 'unavailable'; readonly reason: string }

interface ParkedTurn {
  readonly account: AccountLabel
  readonly broker: Broker
  /** Up to which moment every order that the broker lists is accounted for. */
  readonly sweptTo: EpochMs | null
}

/** All of an account's, as far as there is room. */
export async function reviewParkedOrders(
  turn: ParkedTurn & { readonly hasRoom: () => boolean },
  deps: ResolveDeps,
): Promise<{ readonly reviews: readonly Judged[]; readonly unavailable: string | null }> {
  const reviews: Judged[] = []
  try {
    if (!turn.hasRoom()) return { reviews, unavailable: null }
    for (const parked of await deps.unmatched.listParked(turn.account)) {
      if (!turn.hasRoom()) break
      const review = await reviewParked(parked, turn, deps)
      if (review.kind === 'unavailable') return { reviews, unavailable: review.reason }
      reviews.push(review)
    }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return { reviews, unavailable: error.message }
  }
  return { reviews, unavailable: null }
}

/** Asks the broker once at most. */
async function reviewParked(parked: UnmatchedOrder, turn: ParkedTurn, deps: ResolveDeps): Promise<Review> {
  const execution = await executionOf(parked, deps.executions)
  if (execution !== null) return underExecution(parked, execution, deps)
  const reason = await withoutAsking(parked, turn, deps)
  if (reason === 'waits') return { kind: 'waits' }
  return reason === null ? askedOf(parked, turn, deps) : external(parked, reason, deps)
}

async function underExecution(
  parked: UnmatchedOrder,
  execution: Execution,
  deps: ResolveDeps,
): Promise<Review> {
  if (execution.state === 'disowned') return external(parked, 'disowned', deps)
  if (execution.state === 'denied') return external(parked, 'never_sent', deps)
  const { accountLabel, clientOrderId } = execution
  const alpacaOrderId = execution.alpacaOrderId ?? parked.alpacaOrderId
  if (alpacaOrderId !== null) await deps.executions.putPointer(accountLabel, alpacaOrderId, clientOrderId)
  const updates = await storedUpdates(deps.events, { accountLabel, clientOrderId, alpacaOrderId })
  await recordChange(deps, execution, withOrderEvents(updates))
  return adopted(parked, deps)
}

/** Why an order is none of ours, as far as what is stored tells; null: only the broker can. */
async function withoutAsking(
  { accountLabel, clientOrderId, noticedAt }: UnmatchedOrder,
  { sweptTo }: ParkedTurn,
  { decisions }: ResolveDeps,
): Promise<ExternalReason | 'waits' | null> {
  // once the broker's list was gone through, an order of ours is known by the broker's id
  if (clientOrderId === null) return sweptTo !== null && sweptTo > noticedAt ? 'not_ours' : 'waits'
  if (!isOurs(clientOrderId)) return 'not_ours'
  const decision = await decisions.findDecision(accountLabel, clientOrderId)
  if (decision === null) return 'no_decision'
  return decision.outcome.kind === 'denied' ? 'decision_denied' : null
}

async function askedOf(
  parked: UnmatchedOrder,
  { account, broker }: ParkedTurn,
  deps: ResolveDeps,
): Promise<Review> {
  const { clientOrderId, noticedAt } = parked
  if (clientOrderId === null) return { kind: 'waits' }
  const lookup = await broker.findByClientOrderId(clientOrderId)
  if (lookup.kind === 'unavailable') return lookup
  if (lookup.kind === 'not_found') {
    // look-ups may find an order late
    const isLate = plusSeconds(noticedAt, SWEEP_OVERLAP_SECONDS) < deps.clock.now()
    return isLate ? external(parked, 'not_at_broker', deps) : { kind: 'waits' }
  }
  const { order } = lookup
  const resolution = await resolveOrder(account, { ...order, sentAt: noticedAt, order }, broker.target, deps)
  if (resolution.kind === 'external') return external(parked, resolution.reason, deps)
  if (resolution.kind === 'known') return { kind: 'waits' }
  if (resolution.kind !== 'mismatch') await adopted(parked, deps)
  return resolution
}

async function external(parked: UnmatchedOrder, reason: ExternalReason, deps: ResolveDeps): Promise<Review> {
  const isNew = await markExternal(parked.accountLabel, parked, reason, deps)
  return { kind: 'external', reason, isNew }
}

async function adopted(parked: UnmatchedOrder, { unmatched }: ResolveDeps): Promise<Review> {
  // the index may still show one that was judged before
  return { kind: (await unmatched.judge({ ...parked, state: 'adopted' })) ? 'adopted' : 'waits' }
}
