/**
 * Goes through the orders that the broker lists for an account since the last sweep, whoever sent them
 * (docs/architecture.md#external-orders). One request for up to 500 orders, and more only where there is room.
 *
 * Invariants: a moment counts as swept once every order that was sent before it has been resolved, and the list has had
 * time to show it; a clock that jumped ahead costs a longer list, no order.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { UnavailableError } from '../domain/errors.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { asEpochMs, plusSeconds, type EpochMs } from '../domain/time.ts'
import type { Broker } from '../ports/broker.ts'
import { resolveOrder, type Resolution, type ResolveDeps } from './resolve-order.ts'

export interface Sweep {
  /** Up to which moment orders are resolved; null: the sweep is the first one, and did not come to an end. */
  readonly sweptTo: EpochMs | null
  readonly found: readonly Resolution[]
  /** Why the broker, or the state, could not be asked, if so. */
  readonly unavailable: string | null
}

/** Lists may show an order late, and clocks differ; so much of the last sweep is looked at again. */
export const SWEEP_OVERLAP_SECONDS = 600
/** The first sweep of an account goes back so far. */
const FIRST_SWEEP_SECONDS = 86_400
const AT_ONCE = 10

/** `sweptTo`: what the last sweep came to, `hasRoom`: whether one more request can be begun. */
export async function sweepOrders(
  account: AccountLabel,
  broker: Broker,
  { sweptTo, hasRoom }: { readonly sweptTo: EpochMs | null; readonly hasRoom: () => boolean },
  deps: ResolveDeps,
): Promise<Sweep> {
  const begun = deps.clock.now()
  const isUsable = sweptTo !== null && sweptTo <= begun
  let from = isUsable ? sweptTo : plusSeconds(begun, -FIRST_SWEEP_SECONDS)
  let isAll = false
  const found: Resolution[] = []
  try {
    while (!isAll && hasRoom()) {
      const page = await broker.ordersSentAfter(from)
      const resolve = (sent: (typeof page.orders)[number]) => resolveOrder(account, sent, broker.target, deps)
      found.push(...(await inParallel(page.orders, AT_ONCE, resolve)))
      isAll = page.isAll
      from = isAll ? laterOf(from, plusSeconds(begun, -SWEEP_OVERLAP_SECONDS)) : nextPage(from, page.orders)
    }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    return { sweptTo, found, unavailable: error.message }
  }
  return { sweptTo: from, found, unavailable: null }
}

/**
 * Orders may share the time at which they were sent, and `after` excludes it, so a page begins right before the last
 * one's end (https://alpaca.markets/learn-api/get-all-orders), unless that would be the same page again.
 */
function nextPage(from: EpochMs, orders: readonly { readonly sentAt: EpochMs }[]): EpochMs {
  const last = orders.at(-1)?.sentAt ?? from
  return laterOf(asEpochMs(last - 1), asEpochMs(from + 1))
}

function laterOf(one: EpochMs, other: EpochMs): EpochMs {
  return asEpochMs(Math.max(one, other))
}
