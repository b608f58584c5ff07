/**
 * Takes one message of the order feed: normalises it, stores the update, and applies it to its execution
 * (docs/architecture.md#order-feed).
 *
 * Invariants: an update touches only the account it names; its row is stored before its effect, and the
 * pointer before the state, so that a death in between is repaired by the redelivery; redelivered and
 * reordered updates end alike. An update whose order nobody knows yet stays stored, and its order is parked: whoever
 * learns the broker's order id by a look-up or an update applies it, `reconcile` what came while the order was being
 * sent, and what is still parked.
 */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Execution } from '../../domain/execution.ts'
import type { OrderEvent, OrderFeedDropReason, OrderFeedMessage } from '../../domain/order-event.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { UnmatchedOrder } from '../../domain/unmatched-order.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ExecutionStore } from '../../ports/execution-store.ts'
import type { OrderEventStore } from '../../ports/order-event-store.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { UnmatchedOrderStore } from '../../ports/unmatched-order-store.ts'
import { orderEventAnomaly, withOrderEvents, type OrderEventAnomaly } from '../execution/broker-reports.ts'
import { isCorrection, progressOfUpdate } from '../execution/broker-status.ts'
import { recordChange } from '../record-change.ts'
import { normalizeTradeUpdate } from './normalize.ts'
import { METRICS } from '../../domain/metric-names.ts'
import { executionOf, fingerprint, orderKey, storedUpdates } from './stored-updates.ts'

export interface OrderFeedDeps {
  readonly executions: ExecutionStore
  readonly events: OrderEventStore
  /** Where orders wait that nobody knows. */
  readonly unmatched: Pick<UnmatchedOrderStore, 'park'>
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Whether the account is registered, admitted or not. */
  knowsAccount(account: AccountLabel): Promise<boolean>
}

/** What an applied update said that an operator should know of. */
export type OrderFeedNote =
  /** Neither its status nor its event is a word we know. */
  | 'unknown_status'
  /** A bust or correction that does not say when, or what is left. */
  | 'unusable_correction'
  /** The broker had refused the POST of this order. */
  | 'update_for_refused'

export type TradeUpdateOutcome =
  | { readonly kind: 'dropped'; readonly reason: Exclude<OrderFeedDropReason, 'missing_account_label'> }
  /** Nothing was stored: it is of no account of ours, or names none where several share the way it came. */
  | {
      readonly kind: 'quarantined'
      readonly reason: 'unknown_account' | 'missing_account_label'
      readonly event: OrderEvent | null
    }
  /** Stored; not an order that we know, or not yet, or not ours any more. */
  | { readonly kind: 'buffered'; readonly event: OrderEvent }
  /** Stored, not applied. */
  | {
      readonly kind: 'anomaly'
      readonly reason: OrderEventAnomaly
      readonly event: OrderEvent
      readonly execution: Execution
    }
  | {
      readonly kind: 'applied'
      readonly changed: boolean
      readonly redelivered: boolean
      readonly notes: readonly OrderFeedNote[]
      readonly execution: Execution
    }

/**
 * Safe to repeat at any point. Expected outcomes are values.
 * @throws UnavailableError when state cannot be read or written: the message must be delivered again.
 * @throws StateError when stored state contradicts itself, such as an order id that two executions claim.
 */
export async function applyTradeUpdate(
  message: OrderFeedMessage,
  deps: OrderFeedDeps,
): Promise<TradeUpdateOutcome> {
  const outcome = await take(message, deps)
  countOutcome(outcome, message, deps.telemetry)
  return outcome
}

async function take(message: OrderFeedMessage, deps: OrderFeedDeps): Promise<TradeUpdateOutcome> {
  const normalized = normalizeTradeUpdate(message)
  if (normalized.kind === 'dropped') {
    const { reason } = normalized
    return reason === 'missing_account_label'
      ? { kind: 'quarantined', reason, event: null }
      : { kind: 'dropped', reason }
  }
  const { event } = normalized
  if (!(await deps.knowsAccount(event.accountLabel))) {
    return { kind: 'quarantined', reason: 'unknown_account', event }
  }
  const key = orderKey(event)
  const row = await deps.events.appendEvent(event.accountLabel, key, fingerprint(event), event)
  const execution = await executionOf(event, deps.executions)
  if (execution === null) await deps.unmatched.park(parked(event, key, deps.clock.now()))
  if (execution === null || execution.state === 'disowned') return { kind: 'buffered', event }
  const anomaly = orderEventAnomaly(execution, event)
  if (anomaly !== null) return { kind: 'anomaly', reason: anomaly, event, execution }
  const updates = await updatesToApply(event, execution, deps)
  const stored = await recordChange(deps, execution, withOrderEvents(updates))
  return {
    kind: 'applied',
    changed: stored.revision !== execution.revision,
    redelivered: row.kind === 'duplicate',
    notes: notesOn(event, execution),
    execution: stored,
  }
}

function parked(event: OrderEvent, key: string, noticedAt: EpochMs): UnmatchedOrder {
  const { accountLabel, alpacaOrderId, clientOrderId } = event
  return {
    accountLabel,
    orderKey: key,
    alpacaOrderId,
    clientOrderId,
    state: 'parked',
    reason: null,
    noticedAt,
  }
}

/** The update, and if it is the first to name the broker's order id, those that waited for that. */
async function updatesToApply(
  event: OrderEvent,
  execution: Execution,
  { executions, events }: OrderFeedDeps,
): Promise<readonly OrderEvent[]> {
  const { accountLabel, clientOrderId } = execution
  if (event.alpacaOrderId === null || execution.alpacaOrderId !== null) return [event]
  await executions.putPointer(accountLabel, event.alpacaOrderId, clientOrderId)
  return storedUpdates(events, { accountLabel, clientOrderId, alpacaOrderId: event.alpacaOrderId })
}

function notesOn(event: OrderEvent, execution: Execution): readonly OrderFeedNote[] {
  const isUnusable =
    isCorrection(event.eventType) && (event.filledQuantity === null || event.eventTs === null)
  const found: readonly (readonly [OrderFeedNote, boolean])[] = [
    ['unknown_status', progressOfUpdate(event) === null],
    ['unusable_correction', isUnusable],
    ['update_for_refused', execution.rejection !== null],
  ]
  return found.flatMap(([note, applies]) => (applies ? [note] : []))
}

function countOutcome(outcome: TradeUpdateOutcome, message: OrderFeedMessage, telemetry: Telemetry): void {
  telemetry.count(METRICS.orderFeedMessages, 1)
  switch (outcome.kind) {
    case 'dropped':
      telemetry.count(METRICS.orderFeedDropped, 1, { reason: outcome.reason })
      return
    case 'quarantined': {
      const { reason, event } = outcome
      const properties = { reason, topic: message.topic, ...(event === null ? {} : about(event)) }
      telemetry.count(METRICS.orderFeedQuarantined, 1, properties)
      // the record is all that is left of it
      telemetry.record('warn', 'trade update of no registered account', {
        ...properties,
        text: message.value,
      })
      return
    }
    case 'buffered':
      telemetry.count(METRICS.orderFeedBuffered, 1, about(outcome.event))
      return
    case 'anomaly': {
      const properties = { reason: outcome.reason, ...about(outcome.event) }
      telemetry.count(METRICS.orderFeedAnomalies, 1, properties)
      telemetry.record('error', 'trade update contradicts its execution', properties)
      return
    }
    case 'applied': {
      const account = outcome.execution.accountLabel
      telemetry.count(outcome.changed ? METRICS.orderFeedApplied : METRICS.orderFeedUnchanged, 1, {
        account,
      })
      if (outcome.redelivered) telemetry.count(METRICS.orderFeedRedelivered, 1, { account })
      for (const reason of outcome.notes) {
        telemetry.count(METRICS.orderFeedSuspicious, 1, { account, reason })
      }
    }
  }
}

function about(event: OrderEvent): {
  readonly account: string
  readonly alpacaOrderId: string | null
  readonly clientOrderId: string | null
} {
  const { accountLabel: account, alpacaOrderId, clientOrderId } = event
  return { account, alpacaOrderId, clientOrderId }
}
