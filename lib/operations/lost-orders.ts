/**
 * Orders under our ids that the broker holds and the state does not know: what a restore of the tables to an earlier
 * moment has lost (docs/operations.md#restoring-the-tables). Reads only.
 *
 * Invariant: an order is named unless an execution stands for it: one that has adopted it, one that an operator has
 * disowned, or an unsettled one, whose lane asks the broker for that very id: it adopts the order or halts over it.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import { compare } from '../domain/compare.ts'
import { isUnsettled, type Execution } from '../domain/execution.ts'
import { isOurs, type AlpacaOrderId, type ClientOrderId } from '../domain/ids.ts'
import type { EpochMs } from '../domain/time.ts'
import type { BrokerOrder, OrderName } from '../ports/broker.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { accountBroker } from './account-broker.ts'
import type { Deployment } from './deployment.ts'

export interface LostOrder {
  readonly account: AccountLabel
  readonly clientOrderId: ClientOrderId
  readonly alpacaOrderId: AlpacaOrderId
  /** Null while it is open: the broker names open orders only. */
  readonly order: BrokerOrder | null
  /** What the state says of the id all the same, such as `denied`; null: nothing. */
  readonly state: string | null
}

type LostDeployment = Pick<Deployment, 'credentials' | 'openBroker'> & {
  readonly stores: Pick<StateStores, 'executions'>
}

/** By client order id. @throws UnavailableError */
export async function lostOrders(
  deployment: LostDeployment,
  { label: account, target }: Pick<AccountConfig, 'label' | 'target'>,
  sentAfter: EpochMs,
): Promise<readonly LostOrder[]> {
  const broker = await accountBroker(deployment, account, target)
  const names = new Map<ClientOrderId, OrderName & { readonly order: BrokerOrder | null }>()
  for (const name of await broker.openOrders()) names.set(name.clientOrderId, { ...name, order: null })
  // one that ends meanwhile is among these
  for (const order of await broker.finalOrders(sentAfter)) names.set(order.clientOrderId, { ...order, order })
  const lost: LostOrder[] = []
  for (const { clientOrderId, alpacaOrderId, order } of names.values()) {
    if (!isOurs(clientOrderId)) continue
    const execution = await deployment.stores.executions.readExecution(account, clientOrderId)
    if (execution !== null && standsFor(execution, alpacaOrderId)) continue
    lost.push({ account, clientOrderId, alpacaOrderId, order, state: execution?.state ?? null })
  }
  return lost.sort((left, right) => compare(left.clientOrderId, right.clientOrderId))
}

function standsFor({ state, ...execution }: Execution, alpacaOrderId: AlpacaOrderId): boolean {
  return execution.alpacaOrderId === alpacaOrderId || state === 'disowned' || isUnsettled(state)
}
