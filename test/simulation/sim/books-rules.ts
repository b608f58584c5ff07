/** What passes of `reconcile` over a world that stands still must have come to: every order is accounted for and looked at. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { Finding } from './execution-rules.ts'
import type { Evidence } from './observed.ts'
import type { RequestRates } from './request-rates.ts'
import { RETENTION_DAYS } from './stage-names.ts'

const OUR_PREFIX = 'tg-'
const RETENTION_MS = RETENTION_DAYS * 86_400_000

export function judgeBooks(world: Evidence): readonly Finding[] {
  return world.scenario.accounts.flatMap((account) => judgeAccount(world, account))
}

/** Whether what is stored of an order that nobody ever went through has expired meanwhile (seeds 5290, 5940). */
function isForgotten({ submittedAt }: { readonly submittedAt: number }, { kernel }: Evidence): boolean {
  return submittedAt + RETENTION_MS < kernel.now
}

function judgeAccount(world: Evidence, account: string): readonly Finding[] {
  const { view, exchange } = world
  const found: Finding[] = []
  // a lane that was never made has no place to note how far its orders were gone through
  if (view.lane(account) === null) return []
  const forgotten = new Set<string>()
  for (const order of exchange.orders(accountLabel(account))) {
    const { id, clientOrderId } = order
    if (!clientOrderId.startsWith(OUR_PREFIX) && isForgotten(order, world)) {
      forgotten.add(id)
      continue
    }
    const isMarked = view.unmatched(account, id) === 'external'
    const execution = view.execution(account, clientOrderId)
    if (!clientOrderId.startsWith(OUR_PREFIX)) {
      if (!isMarked) found.push(['broker-evidence', `${account}: ${clientOrderId}, by hand, is not external`])
      continue
    }
    if (execution === null && view.isAccepted(account, clientOrderId)) {
      found.push(['decision-first', `${account}: ${clientOrderId} is decided, held, and has no execution`])
    }
    if (execution === null && !isMarked) {
      found.push(['broker-evidence', `${account}: ${clientOrderId} is neither ours nor external`])
    }
    if (execution !== null && isMarked && execution.alpacaOrderId === id) {
      found.push(['broker-evidence', `${account}: ${clientOrderId} has its execution and is external`])
    }
  }
  // what stands under an id of ours and is another order waits for an operator, as its lane does
  const isWaiting = (key: string): boolean => {
    const order = exchange.orders(accountLabel(account)).find(({ id }) => id === key)
    const execution = order === undefined ? null : view.execution(account, order.clientOrderId)
    return execution !== null && execution.alpacaOrderId !== key && view.haltedSince(account) !== null
  }
  const parked = [...view.parked(account, world.kernel.now).keys()]
  for (const key of parked.filter((one) => !forgotten.has(one) && !isWaiting(one)))
    found.push(['broker-evidence', `${account}: ${key} is still parked`])
  return found
}

/** Since then `reconcile` has looked at every order that is open. */
export function judgeLookedAt(
  since: number,
  rates: RequestRates,
  { scenario, view }: Evidence,
): readonly Finding[] {
  return scenario.accounts.flatMap((account): readonly Finding[] => {
    const missed = view
      .executions(account)
      .filter(({ state, clientOrderId }) => state === 'accepted' && !rates.lookedUp(clientOrderId, since))
    return missed.length === 0 || view.lane(account)?.halted != null
      ? []
      : [['settled-in-four-ticks', `${account}: ${missed.length} open orders are never looked at`]]
  })
}
