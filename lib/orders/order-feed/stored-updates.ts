/**
 * Where a trade update is stored, which execution it is about, and which stored ones belong to an execution (docs/architecture.md#order-feed).
 *
 * Invariants: a redelivered update gets the key it has already, a different one never does; updates are
 * found again by either of an order's two ids.
 */
import type { Execution } from '../../domain/execution.ts'
import { sha256Hex } from '../../domain/ids.ts'
import type { OrderEvent } from '../../domain/order-event.ts'
import type { ExecutionStore } from '../../ports/execution-store.ts'
import type { OrderEventStore } from '../../ports/order-event-store.ts'

/** The order's part of the row's key: the broker's id, or ours where the update names no other. */
export function orderKey({ alpacaOrderId, clientOrderId }: Pick<OrderEvent, OrderIdentity>): string {
  return alpacaOrderId ?? `client:${clientOrderId ?? ''}`
}

type OrderIdentity = 'alpacaOrderId' | 'clientOrderId'

/** 64 hex characters over everything the update says, its sequence number included. */
export function fingerprint(event: OrderEvent): string {
  const { accountLabel, alpacaOrderId, clientOrderId, symbol, side, eventType, status, ...rest } = event
  const amounts = [rest.quantity, rest.filledQuantity, rest.averageFillPrice]
  const fields = [accountLabel, alpacaOrderId, clientOrderId, symbol, side, eventType, status]
  const numbers = [rest.eventTs, rest.feedSeq, ...amounts].map((value) => value?.toString() ?? null)
  return sha256Hex(JSON.stringify([...fields, ...numbers]))
}

/** The execution that an order's ids lead to; null: none yet. */
export async function executionOf(
  { accountLabel, alpacaOrderId, clientOrderId }: Pick<OrderEvent, OrderIdentity | 'accountLabel'>,
  executions: Pick<ExecutionStore, 'readExecution' | 'readPointer'>,
): Promise<Execution | null> {
  if (clientOrderId !== null) {
    const found = await executions.readExecution(accountLabel, clientOrderId)
    if (found !== null) return found
  }
  if (alpacaOrderId === null) return null
  const pointed = await executions.readPointer(accountLabel, alpacaOrderId)
  return pointed === null ? null : executions.readExecution(accountLabel, pointed)
}

/** Every update stored so far about the execution's order. */
export async function storedUpdates(
  events: OrderEventStore,
  { accountLabel, alpacaOrderId, clientOrderId }: Pick<Execution, OrderIdentity | 'accountLabel'>,
): Promise<readonly OrderEvent[]> {
  const ours = events.listEvents(accountLabel, orderKey({ alpacaOrderId: null, clientOrderId }))
  const theirs = alpacaOrderId === null ? [] : events.listEvents(accountLabel, alpacaOrderId)
  return (await Promise.all([ours, theirs])).flat()
}
