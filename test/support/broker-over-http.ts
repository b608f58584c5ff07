/** The real adapter to an exchange over HTTP, under the target that the fixtures' decisions name. */
import { openAlpacaBroker } from '../../lib/adapters/alpaca/alpaca-broker.ts'
import type { RequestBudget } from '../../lib/domain/request-budget.ts'
import type { SubmittingBroker } from '../../lib/ports/broker.ts'
import { TARGET } from './state-samples.ts'

/** @param timeoutMs how long it waits for an answer; the adapter's own limit unless given */
export function brokerOverHttp(
  baseUrl: string,
  credentials: { readonly keyId: string; readonly secret: string },
  budget: RequestBudget,
  timeoutMs?: number,
): SubmittingBroker {
  const target = { mode: 'paper', baseUrl } as const
  const broker = openAlpacaBroker({
    target,
    credentials,
    budget,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  return {
    target: TARGET,
    snapshot: () => broker.snapshot(),
    openOrders: () => broker.openOrders(),
    finalOrders: (sentAfter) => broker.finalOrders(sentAfter),
    ordersSentAfter: (moment) => broker.ordersSentAfter(moment),
    findByClientOrderId: (id) => broker.findByClientOrderId(id),
    cancel: (id) => broker.cancel(id),
    cancelAll: () => broker.cancelAll(),
    submit: (order) => broker.submit(order),
  }
}
