/**
 * Brings one order of the broker's together with what is stored: an execution that is missing is put and adopts it, an
 * order that is none of ours is marked as external (docs/architecture.md#external-orders).
 *
 * Invariants: what is stored is read after the broker has named the order, and an execution is stored before its POST,
 * so an order that is just being sent is never taken for one without an execution; an execution that is put here can
 * never be POSTed; safe to die anywhere, since an execution without its order is settled by a look-up.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import { isOurs, type ClientOrderId } from '../domain/ids.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { ExternalReason, UnmatchedOrder } from '../domain/unmatched-order.ts'
import type { SentOrder } from '../ports/broker.ts'
import type { UnmatchedOrderStore } from '../ports/unmatched-order-store.ts'
import { backfilled } from './execution/transitions.ts'
import { matchOrder } from './match-order.ts'
import type { OrderDeps } from './order-deps.ts'
import { orderKey } from './order-feed/stored-updates.ts'
import { adoptOrder, recordNew } from './record-change.ts'

export interface ResolveDeps extends OrderDeps {
  readonly unmatched: UnmatchedOrderStore
}

export type Resolution =
  | { readonly kind: 'known' }
  /** An execution that says so was put, or found again. */
  | { readonly kind: 'backfilled' | 'reopened'; readonly clientOrderId: ClientOrderId }
  /** None of ours, as was known before or is stored now. */
  | { readonly kind: 'external'; readonly reason: ExternalReason; readonly isNew: boolean }
  /** The broker holds another order under our id: the lane must halt. */
  | { readonly kind: 'mismatch'; readonly clientOrderId: ClientOrderId; readonly detail: string }

/** `target`: where the broker named the order. */
export async function resolveOrder(
  account: AccountLabel,
  sent: SentOrder,
  target: BrokerTarget,
  deps: ResolveDeps,
): Promise<Resolution> {
  const { clientOrderId } = sent
  const execution = await deps.executions.readExecution(account, clientOrderId)
  const isLost = execution === null && isOurs(clientOrderId)
  const decision = isLost ? await deps.decisions.findDecision(account, clientOrderId) : null
  const match = matchOrder(sent, execution, decision, target)
  if (match.kind === 'known') return match
  if (match.kind === 'external') {
    return { ...match, isNew: await markExternal(account, sent, match.reason, deps) }
  }
  if (match.kind === 'reopen') {
    const result = await adoptOrder(deps, match.execution, match.order)
    return result.kind === 'mismatch' ? { ...result, clientOrderId } : { kind: 'reopened', clientOrderId }
  }
  const put = await recordNew(deps, backfilled(match.decision))
  // a lane has claimed it meanwhile
  if (put.kind === 'exists') return { kind: 'known' }
  deps.telemetry.record('warn', 'an order has no execution: one is put', { account, clientOrderId })
  const result = await adoptOrder(deps, put.execution, match.order)
  return result.kind === 'mismatch' ? { ...result, clientOrderId } : { kind: 'backfilled', clientOrderId }
}

/** Returns whether the order was not marked before. */
export async function markExternal(
  account: AccountLabel,
  order: Pick<UnmatchedOrder, 'alpacaOrderId' | 'clientOrderId'>,
  reason: ExternalReason,
  deps: ResolveDeps,
): Promise<boolean> {
  const { alpacaOrderId, clientOrderId } = order
  const key = orderKey(order)
  const known = await deps.unmatched.readUnmatched(account, key)
  if (known !== null && known.state !== 'parked') return false
  const noticedAt = known?.noticedAt ?? deps.clock.now()
  const marked = { accountLabel: account, orderKey: key, alpacaOrderId, clientOrderId, reason, noticedAt }
  if (!(await deps.unmatched.judge({ ...marked, state: 'external' }))) return false
  deps.telemetry.count(METRICS.externalOrders, 1, { account, reason })
  const level = reason === 'not_ours' || reason === 'disowned' ? 'info' : 'warn'
  deps.telemetry.record(level, 'an order of the account is none of ours', {
    account,
    alpacaOrderId,
    clientOrderId,
    reason,
  })
  return true
}
