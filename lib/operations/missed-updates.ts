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
  /** What has become of orders that may be in another state for us. */
  readonly orders: readonly BrokerOrder[]
  /** Orders that need not be asked for again, found or not: the stream tells what happens to them from now on. */
  readonly known: readonly ClientOrderId[]
  /** False: not all could be asked for. */
  readonly isAll: boolean
}

/**
 * Of every order that is open in the state, or that the stream left open.
 * @param known of earlier rounds, since the stream was listened to
 * @throws BrokerUnavailableError, UnavailableError
 */
export async function missedOrders(
  account: AccountLabel,
  leftOpen: ReadonlySet<ClientOrderId>,
  known: ReadonlySet<ClientOrderId>,
  { broker, executions }: { readonly broker: Broker; readonly executions: Pick<ExecutionStore, 'listOpen'> },
): Promise<Missed> {
  const stored = await executions.listOpen(account)
  const ids = new Set([...leftOpen, ...stored.map(({ clientOrderId }) => clientOrderId)])
  for (const id of known) ids.delete(id)
  if (ids.size === 0) return { orders: [], known: [], isAll: true }
  const open = new Set((await broker.openOrders()).map(({ clientOrderId }) => clientOrderId))
  const since = Math.min(...stored.map(({ createdAt }) => createdAt), Infinity)
  const final = Number.isFinite(since) ? await broker.finalOrders(asEpochMs(since - SKEW_MS)) : []
  const found = final.filter(({ clientOrderId }) => ids.has(clientOrderId))
  for (const { clientOrderId } of found) ids.delete(clientOrderId)
  const asked = [...ids].filter((id) => !open.has(id))
  const lookups = await inParallel(asked.slice(0, MOST_LOOK_UPS), LOOKED_UP_AT_ONCE, async (id) => ({
    id,
    answer: await broker.findByClientOrderId(id),
  }))
  const answered = lookups.filter(({ answer }) => answer.kind !== 'unavailable')
  const orders = [
    ...found,
    ...answered.flatMap(({ answer }) => (answer.kind === 'found' ? [answer.order] : [])),
  ]
  return {
    orders,
    known: [...found.map(({ clientOrderId }) => clientOrderId), ...answered.map(({ id }) => id)],
    isAll: answered.length === asked.length,
  }
}
