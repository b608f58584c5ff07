/** `torghut lane show LABEL`: a lane, and what of its orders is ours beside what the broker holds. */
import { accountLabel } from '../../domain/account-label.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import type { EpochMs } from '../../domain/time.ts'
import { readFleet, type Deployment } from '../../operations/deployment.ts'
import { inspectLane, type InspectedOrder, type LaneInspection } from '../../operations/inspect-lane.ts'
import { differenceText } from '../../orders/order-differences.ts'
import type { OrderRequest } from '../../ports/broker.ts'
import type { CliContext } from '../context.ts'
import { withAge } from '../terminal/age.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'
import { laneJson } from './lane-json.ts'

export async function showLane(context: CliContext, options: StageOption, text = ''): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const inspection = await inspectNamed(deployment, text)
  const { lane, account } = inspection.status
  if (options.json) await output.printJson(laneJson(inspection))
  else if (lane === null) await output.print(`The lane of ${account} has had no cycle yet.`)
  else for (const line of summaryOf(inspection, deployment.clock.now())) await output.print(line)
  if (!options.json && inspection.orders.length > 0) {
    const head = ['client order id', 'state', 'ours', 'the broker holds', '']
    await output.print('')
    await output.printTable(
      head,
      inspection.orders.map((order) => cellsOf(order, output.colors.red)),
    )
  }
  return lane === null ? EXIT.negative : EXIT.ok
}

/** The lane of the account that a command line names. @throws ConfigurationError for one that never was any */
export async function inspectNamed(deployment: Deployment, text: string): Promise<LaneInspection> {
  const label = accountLabel(text)
  const { settings, accounts } = await readFleet(deployment)
  const inspection = await inspectLane(deployment, label, settings.signalSource)
  // one that is registered no more may still have a lane and orders
  if (inspection.status.lane === null && inspection.orders.length === 0)
    accountNamed(label, accounts, 'LABEL')
  return inspection
}

function summaryOf({ status }: LaneInspection, now: EpochMs): string[] {
  const { account, source, lane, lag, openCircuits } = status
  if (lane === null) return []
  const tick = lane.lastTickAt === null ? 'never' : withAge(lane.lastTickAt, now)
  return [
    `lane of ${account} over ${source}: version ${lane.version}, cursor ${lane.cursor}, ${lag ?? 0} signals behind`,
    `last commit: ${tick}`,
    ...(openCircuits.length > 0 ? [`open circuits: ${openCircuits.join(', ')}`] : []),
    lane.halted === null ? 'not halted' : `halted: ${lane.halted}`,
  ]
}

function cellsOf({ execution, lookup, differences }: InspectedOrder, alarming: (text: string) => string) {
  const holds = {
    found: () => {
      if (lookup.kind !== 'found') return ''
      const { order } = lookup
      return `${orderText(order)}: ${order.status}, filled ${formatDecimal(order.filledQuantity)}, order ${order.alpacaOrderId}`
    },
    not_found: () => 'no such order',
    unavailable: () => (lookup.kind === 'unavailable' ? `cannot be asked: ${lookup.reason}` : ''),
  }[lookup.kind]()
  return [
    execution.clientOrderId,
    execution.state,
    orderText(execution),
    holds,
    differences.length === 0 ? '' : alarming(`not ours: ${differences.map(differenceText).join('; ')}`),
  ]
}

/** `buy 10 AAPL day`, `buy 10 AAPL ioc at 99.5`. */
export function orderText({
  side,
  quantity,
  symbol,
  timeInForce,
  limitPrice,
}: Omit<OrderRequest, 'clientOrderId'>): string {
  const limit = limitPrice === null ? '' : ` at ${formatDecimal(limitPrice)}`
  return `${side} ${formatDecimal(quantity)} ${symbol} ${timeInForce}${limit}`
}
