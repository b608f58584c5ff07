/** `torghut lane lost LABEL --since TIME`: orders of ours that the broker holds and the restored state does not know. */
import { formatDecimal } from '../../domain/decimal.ts'
import { readFleet } from '../../operations/deployment.ts'
import { lostOrders, type LostOrder } from '../../operations/lost-orders.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Since } from '../verb.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'
import { orderText } from './lane.ts'

interface LostOptions extends StageOption {
  readonly since: Since
}

export async function listLostOrders(
  context: CliContext,
  options: LostOptions,
  text = '',
): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const { accounts } = await readFleet(deployment)
  const account = accountNamed(text, accounts, 'label', '`torghut accounts list` shows them.')
  const lost = await lostOrders(deployment, account, options.since(deployment.clock.now()))
  if (options.json) for (const one of lost) await output.printJson(jsonOf(one))
  else if (lost.length === 0) await output.print(`Every order of ${account.label} has its execution.`)
  else {
    await output.printTable(
      ['client order id', 'order', 'the broker holds', 'the state says'],
      lost.map((one) => [one.clientOrderId, one.alpacaOrderId, heldText(one), one.state ?? 'nothing']),
    )
  }
  return lost.length === 0 ? EXIT.ok : EXIT.negative
}

function heldText({ order }: LostOrder): string {
  if (order === null) return 'open'
  return `${orderText(order)}: ${order.status}, filled ${formatDecimal(order.filledQuantity)}`
}

function jsonOf({ account, clientOrderId, alpacaOrderId, order, state }: LostOrder) {
  return {
    account,
    client_order_id: clientOrderId,
    alpaca_order_id: alpacaOrderId,
    symbol: order?.symbol ?? null,
    side: order?.side ?? null,
    quantity: order === null ? null : formatDecimal(order.quantity),
    filled_quantity: order === null ? null : formatDecimal(order.filledQuantity),
    status: order?.status ?? 'open',
    state,
  }
}
