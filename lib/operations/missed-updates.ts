/**
 * What the broker says of orders whose updates may have been missed (docs/forwarder.md): REST tells of orders, not of
 * updates, so what counts is that each order ends as at the broker.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { asEpochMs } from '../domain/time.ts'
import type { Broker, BrokerOrder } from '../ports/broker.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'

const LOOKED_UP_AT_ONCE = 4
/** Beside two requests for many orders at once; what is left is looked up the next time. */
const MOST_LOOK_UPS = 30
/** An order is sent after its execution was written; clocks may differ by so much. */
const SKEW_MS = 60_000

export interface Missed {
  /** Orders that are final at the broker and may not be so for us. */
  readonly orders: readonly BrokerOrder[]
  /** False: not all could be asked for. */
  readonly isAll: boolean
}

/**
 * Of every order that is open in the state, or that the stream left open.
 * @param told what was said of already
 * @throws BrokerUnavailableError, UnavailableError
 */
export async function missedOrders(
  account: AccountLabel,
  leftOpen: ReadonlySet<ClientOrderId>,
  told: ReadonlySet<ClientOrderId>,
  { broker, executions }: { readonly broker: Broker; readonly executions: Pick<ExecutionStore, 'listOpen'> },
): Promise<Missed> {
  const stored = await executions.listOpen(account)
  const ids = new Set([...leftOpen, ...stored.map(({ clientOrderId }) => clientOrderId)])
  for (const id of told) ids.delete(id)
  if (ids.size === 0) return { orders: [], isAll: true }
  const open = new Set((await broker.openOrders()).map(({ clientOrderId }) => clientOrderId))
  const since = Math.min(...stored.map(({ createdAt }) => createdAt), Infinity)
  const final = Number.isFinite(since) ? await broker.finalOrders(asEpochMs(since - SKEW_MS)) : []
  const found = final.filter(({ clientOrderId }) => ids.has(clientOrderId))
  for (const { clientOrderId } of found) ids.delete(clientOrderId)
  const asked = [...ids].filter((id) => !open.has(id))
  const lookups = await inParallel(asked.slice(0, MOST_LOOK_UPS), LOOKED_UP_AT_ONCE, (id) =>
    broker.findByClientOrderId(id),
  )
  return {
    orders: [...found, ...lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.order] : []))],
    isAll: asked.length <= MOST_LOOK_UPS && lookups.every(({ kind }) => kind !== 'unavailable'),
  }
}
