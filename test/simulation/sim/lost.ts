/** What a restore of the tables has lost: orders that the broker holds and no execution stands for any more. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { Finding } from './execution-rules.ts'
import { SignalLogView } from './signal-log-view.ts'
import { StateView } from './state-view.ts'
import { kindOf, type StoredExecution } from './stored.ts'

/** The views of the tables as they stand, whoever wrote them and when. */
export function viewsOf(tables: readonly SimulatedTable[], now: number) {
  const view = new StateView()
  const log = new SignalLogView()
  for (const table of tables) {
    // rows of the log come in the order of their positions
    for (const item of table.all()) {
      if (table.name === 'signals') log.wrote(kindOf(item), item, now)
      else view.wrote(kindOf(item), item, now)
    }
  }
  return { view, log }
}

export class Lost {
  readonly #orders = new Set<string>()

  has(account: string, clientOrderId: string): boolean {
    return this.#orders.has(`${account} ${clientOrderId}`)
  }

  /** Right after the restore. */
  note(accounts: readonly string[], view: StateView, exchange: SimulatedExchange): void {
    for (const account of accounts) {
      for (const { clientOrderId } of exchange.orders(accountLabel(account))) {
        const isByHand = clientOrderId.startsWith('by-hand-')
        if (!isByHand && view.execution(account, clientOrderId) === null)
          this.#orders.add(`${account} ${clientOrderId}`)
      }
    }
  }

  /** Whether an operator was told of all that was lost, and of nothing else. */
  judge(
    account: string,
    named: readonly string[],
    view: StateView,
    exchange: SimulatedExchange,
  ): readonly Finding[] {
    const unknown = named.filter(
      (id) => !this.has(account, id) && !mayBeNamed(view.execution(account, id), account, exchange),
    )
    const prefix = `${account} `
    // reconcile was faster than the operator
    const isFound = (id: string) => (view.execution(account, id)?.alpacaOrderId ?? null) !== null
    const silent = [...this.#orders].filter(
      (key) =>
        key.startsWith(prefix) &&
        !named.includes(key.slice(prefix.length)) &&
        !isFound(key.slice(prefix.length)),
    )
    const found: Finding[] = []
    if (silent.length > 0) found.push(['broker-evidence', `lost and not named: ${silent.join(', ')}`])
    if (unknown.length > 0) found.push(['broker-evidence', `named as lost, but kept: ${unknown.join(', ')}`])
    return found
  }
}

/**
 * Whether an order is rightly named although its execution was never forgotten: the execution has ended and says that
 * the broker has no order of ours. One that was lost and denied when it was decided again looks just so. Whose order it
 * is, only the simulation knows: under `absent` it may be ours, under the others it must be somebody else's.
 */
function mayBeNamed(
  execution: StoredExecution | null,
  account: string,
  exchange: SimulatedExchange,
): boolean {
  if (execution === null || execution.alpacaOrderId !== null) return false
  const { state, clientOrderId } = execution
  if (state === 'absent') return true
  const order = exchange.orderOf(accountLabel(account), clientOrderId)
  const isForeign = order !== null && exchange.foreignOrders.has(order.id)
  return isForeign && (state === 'denied' || state === 'rejected')
}
