/** What the brokers of a stage's accounts hold right now, beside what we know of it. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget, OpenOrder } from '../domain/account.ts'
import { ConfigurationError, UnavailableError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import { isOurs } from '../domain/ids.ts'
import type { Broker, BrokerSnapshot, CancelAnswer } from '../ports/broker.ts'
import { accountBroker } from './account-broker.ts'
import { readFleet, type Deployment } from './deployment.ts'

export interface ViewedAccount {
  readonly label: AccountLabel
  readonly target: BrokerTarget
}

export interface BrokerView {
  readonly account: AccountLabel
  /** Null: the broker could not be asked, and `problem` says why. */
  readonly snapshot: BrokerSnapshot | null
  readonly problem: string | null
  /** Executions that somebody still has to look after. */
  readonly open: readonly Execution[]
}

/** The registered accounts, and those that are not registered any more but have open work. */
export async function viewedAccounts(deployment: Deployment): Promise<readonly ViewedAccount[]> {
  const [{ accounts }, withWork] = await Promise.all([readFleet(deployment), deployment.openAccounts()])
  const gone = withWork.filter((label) => accounts.every((account) => account.label !== label))
  const left = await Promise.all(
    gone.map(async (label) => {
      const [execution] = await deployment.stores.executions.listOpen(label)
      return execution === undefined ? [] : [{ label, target: execution.brokerTarget }]
    }),
  )
  return [...accounts.map(({ label, target }) => ({ label, target })), ...left.flat()]
}

/** Never throws for a broker's sake. */
export async function viewBroker(
  { label, target }: ViewedAccount,
  deployment: Pick<Deployment, 'stores' | 'credentials' | 'openBroker'>,
): Promise<BrokerView> {
  const open = await deployment.stores.executions.listOpen(label)
  try {
    const snapshot = await (await accountBroker(deployment, label, target)).snapshot()
    return { account: label, snapshot, problem: null, open }
  } catch (error) {
    if (!(error instanceof UnavailableError) && !(error instanceof ConfigurationError)) throw error
    return { account: label, snapshot: null, problem: error.message.replaceAll(/\n\s*/g, ' '), open }
  }
}

/** Whose an order at the broker is: the state of our execution, or that it is somebody else's. */
export function ownerOf(
  { clientOrderId }: Pick<OpenOrder, 'clientOrderId'>,
  open: readonly Execution[],
): string {
  const execution = open.find((one) => one.clientOrderId === clientOrderId)
  if (execution !== undefined) return `ours: ${execution.state}`
  return isOurs(clientOrderId) ? 'an id of ours, not open in our books' : 'foreign'
}

export interface CancelResult {
  readonly clientOrderId: string
  readonly alpacaOrderId: string
  readonly answer: CancelAnswer['kind']
}

export interface Cancelled {
  readonly results: readonly CancelResult[]
  /** Ids that no open order has. */
  readonly missing: readonly string[]
}

/**
 * Cancels open orders by either of their ids, or all of ours. @throws UnavailableError when open orders cannot be read
 * @param ids null: all of ours
 */
export async function cancelOrders(broker: Broker, ids: readonly string[] | null): Promise<Cancelled> {
  const open = await broker.openOrders()
  const chosen = open.filter(({ clientOrderId, alpacaOrderId }) =>
    ids === null ? isOurs(clientOrderId) : ids.includes(clientOrderId) || ids.includes(alpacaOrderId),
  )
  const results: CancelResult[] = []
  for (const { clientOrderId, alpacaOrderId } of chosen) {
    const { kind } = await broker.cancel(alpacaOrderId)
    results.push({ clientOrderId, alpacaOrderId, answer: kind })
  }
  const known = new Set<string>(chosen.flatMap((order) => [order.clientOrderId, order.alpacaOrderId]))
  return { results, missing: (ids ?? []).filter((id) => !known.has(id)) }
}
