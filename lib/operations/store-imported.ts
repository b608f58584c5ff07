/** Stores one imported row unless something stands in its place (docs/import.md). */
import { newLane } from '../domain/lane.ts'
import { fingerprint, orderKey } from '../orders/order-feed/stored-updates.ts'
import { recordNew } from '../orders/record-change.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { positionOfCursor } from './cursor-position.ts'
import type { ImportedExecution } from './imported-rows.ts'
import type { ImportedThing } from './read-export.ts'

/** `standing`: something else is stored there, and stays. */
export type Stored = 'put' | 'same' | 'standing'

export interface StoreDeps {
  readonly stores: StateStores
  readonly clock: Clock
}

/** Safe to repeat. @throws UnavailableError, StateError */
export async function storeImported(thing: ImportedThing, deps: StoreDeps): Promise<Stored> {
  const { stores } = deps
  if (thing.table === 'trade_decisions') {
    const { kind } = await stores.decisions.putDecision(thing.decision)
    return kind === 'stored' ? 'put' : kind
  }
  if (thing.table === 'executions') return storeExecution(thing.execution, deps)
  if (thing.table === 'trade_cursor') return storeCursor(thing, deps)
  const { event } = thing
  const { kind } = await stores.orderEvents.appendEvent(
    event.accountLabel,
    orderKey(event),
    fingerprint(event),
    event,
  )
  return kind === 'stored' ? 'put' : 'same'
}

async function storeExecution(
  { transition, at }: ImportedExecution,
  { stores: { executions }, clock }: StoreDeps,
): Promise<Stored> {
  const { accountLabel, clientOrderId, alpacaOrderId } = transition.content
  if (alpacaOrderId !== null) {
    const owner = await executions.readPointer(accountLabel, alpacaOrderId)
    if (owner !== null && owner !== clientOrderId) return 'standing'
    await executions.putPointer(accountLabel, alpacaOrderId, clientOrderId)
  }
  const then: Clock = { now: () => at, monotonic: () => clock.monotonic() }
  const { kind } = await recordNew({ executions, clock: then }, transition)
  return kind === 'created' ? 'put' : 'standing'
}

async function storeCursor(
  { account, cursor: row }: Extract<ImportedThing, { table: 'trade_cursor' }>,
  { stores, clock }: StoreDeps,
): Promise<Stored> {
  const found = await stores.lanes.readLane(account, row.source)
  const cursor = await positionOfCursor(row, stores.signals, clock.now())
  if (found !== null) return found.cursor === cursor ? 'same' : 'standing'
  await stores.lanes.createLane(newLane(account, row.source, cursor))
  return 'put'
}
