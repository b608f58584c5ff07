/**
 * A lane as an operator looks at it: what of its orders is ours, and what the broker holds under the same ids
 * (docs/architecture.md#disowning). Reads only.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import type { Execution } from '../domain/execution.ts'
import { isTerminal } from '../domain/execution.ts'
import { progressOfStatus } from '../orders/execution/broker-status.ts'
import { orderDifferences, type OrderDifference } from '../orders/order-differences.ts'
import type { Broker, BrokerOrder, OrderLookup } from '../ports/broker.ts'
import { accountBroker } from './account-broker.ts'
import type { Deployment } from './deployment.ts'
import { readLaneStatus, type LaneStatus } from './lane-status.ts'

/** An execution that somebody still has to look after, beside what the broker says of its id. */
export interface InspectedOrder {
  readonly execution: Execution
  readonly lookup: OrderLookup
  /** Not empty: the broker holds another order under our id. */
  readonly differences: readonly OrderDifference[]
}

/** The broker holds `foreign` under the id of `execution`. */
export interface MismatchedOrder {
  readonly execution: Execution
  readonly foreign: BrokerOrder
  readonly differences: readonly OrderDifference[]
}

export interface LaneInspection {
  readonly status: LaneStatus
  /** By client order id. */
  readonly orders: readonly InspectedOrder[]
}

type InspectDeployment = Pick<Deployment, 'stores' | 'clock' | 'credentials' | 'openBroker'>

/** @throws ConfigurationError without credentials, UnavailableError when state cannot be read */
export async function inspectLane(
  deployment: InspectDeployment,
  account: AccountLabel,
  source: string,
): Promise<LaneInspection> {
  const { stores, clock } = deployment
  const status = await readLaneStatus(stores, account, source, clock.now())
  const executions = new Map(
    (await stores.executions.listOpen(account)).map((one) => [one.clientOrderId, one]),
  )
  // the index may lag behind; the lane's own list does not
  for (const id of status.lane?.unsettled ?? []) {
    const execution = executions.has(id) ? null : await stores.executions.readExecution(account, id)
    if (execution !== null && !isTerminal(execution.state)) executions.set(id, execution)
  }
  const brokers = new Map<string, Promise<Broker>>()
  const brokerAt = (target: BrokerTarget): Promise<Broker> => {
    const opened = brokers.get(target.baseUrl) ?? accountBroker(deployment, account, target)
    brokers.set(target.baseUrl, opened)
    return opened
  }
  const orders: InspectedOrder[] = []
  for (const execution of executions.values()) {
    const broker = await brokerAt(execution.brokerTarget)
    const lookup = await broker.findByClientOrderId(execution.clientOrderId)
    const differences = lookup.kind === 'found' ? orderDifferences(execution, lookup.order) : []
    orders.push({ execution, lookup, differences })
  }
  return { status, orders }
}

export function mismatchedOrders(orders: readonly InspectedOrder[]): readonly MismatchedOrder[] {
  return orders.flatMap(({ execution, lookup, differences }) =>
    lookup.kind === 'found' && differences.length > 0
      ? [{ execution, foreign: lookup.order, differences }]
      : [],
  )
}

/** Whether the broker will do nothing more with an order. */
export function isFinalAtBroker({ status }: BrokerOrder): boolean {
  const progress = progressOfStatus(status)
  return progress !== null && progress !== 'accepted' && progress !== 'partially_filled'
}
