/** `torghut orders [list]|cancel` and `torghut positions`: what the brokers of a stage's accounts hold right now. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import { ConfigurationError, UnavailableError } from '../../domain/errors.ts'
import { decimalText, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { violation } from '../../formats/violations.ts'
import { accountBroker } from '../../operations/account-broker.ts'
import {
  cancelOrders,
  ownerOf,
  viewBroker,
  viewedAccounts,
  type BrokerView,
} from '../../operations/broker-view.ts'
import type { Broker } from '../../ports/broker.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import { accountNamed, openChosenDeployment, type StageOption } from '../target.ts'

interface ViewOptions extends StageOption {
  readonly account?: AccountLabel
}

interface CancelOptions extends StageOption {
  readonly all?: true
  readonly confirm?: string
}

const orderJson = record({
  account: text(),
  clientOrderId: text(),
  alpacaOrderId: text(),
  symbol: text(),
  side: text(),
  quantity: decimalText,
  filledQuantity: decimalText,
  owner: text(),
})

const positionJson = record({
  account: text(),
  symbol: text(),
  quantity: decimalText,
  marketValue: nullable(decimalText),
})

export async function listOrders(context: CliContext, options: ViewOptions): Promise<ExitCode> {
  const { output } = context
  const views = await chosenViews(context, options)
  const rows = views.flatMap(({ account, snapshot, open }) =>
    (snapshot?.openOrders ?? []).map((order) =>
      Object.assign({ account, owner: ownerOf(order, open) }, order),
    ),
  )
  if (options.json) await output.printJson(rows.map(orderJson.encode))
  else if (rows.length > 0) {
    const head = ['account', 'client order id', 'order', 'side', 'quantity', 'filled', 'symbol', 'whose']
    await output.printTable(
      head,
      rows.map((row) => [
        row.account,
        row.clientOrderId,
        row.alpacaOrderId,
        row.side,
        formatDecimal(row.quantity),
        formatDecimal(row.filledQuantity),
        row.symbol,
        row.owner,
      ]),
    )
  } else if (all(views)) output.note('No open orders.')
  return ending(views, output)
}

export async function listPositions(context: CliContext, options: ViewOptions): Promise<ExitCode> {
  const { output } = context
  const views = await chosenViews(context, options)
  const rows = views.flatMap(({ account, snapshot }) =>
    (snapshot?.positions ?? []).map((position) => Object.assign({ account }, position)),
  )
  if (options.json) await output.printJson(rows.map(positionJson.encode))
  else {
    if (rows.length > 0) {
      await output.printTable(
        ['account', 'symbol', 'quantity', 'worth'],
        rows.map(({ account, symbol, quantity, marketValue }) => [
          account,
          symbol,
          formatDecimal(quantity),
          marketValue === null ? 'no price' : formatDecimal(marketValue),
        ]),
      )
    } else if (all(views)) output.note('No positions.')
    for (const { account, snapshot } of views) {
      if (snapshot === null) continue
      const { equity, buyingPower } = snapshot.balance
      output.note(`${account}: equity ${formatDecimal(equity)}, buying power ${formatDecimal(buyingPower)}`)
    }
  }
  return ending(views, output)
}

export async function cancelOpen(
  context: CliContext,
  options: CancelOptions,
  label = '',
  ...words: readonly string[]
): Promise<ExitCode> {
  const { output } = context
  const ids = words.flat()
  if (ids.length > 0 && options.all === true) {
    throw new ConfigurationError('The command line', [
      violation('torghut orders cancel', 'orders and --all', 'one of them'),
    ])
  }
  const deployment = await openChosenDeployment(context, options)
  const account = accountNamed(label, await viewedAccounts(deployment), 'label')
  const named = ids.length > 0 ? ids.join(', ') : 'our own'
  const which = options.all === true ? "everybody's open orders" : `open orders (${named})`
  const what = `This cancels ${which} of ${account.label} at ${account.target.baseUrl}.`
  await confirmLabel(context, what, account.label, options.confirm)
  const broker = await accountBroker(deployment, account.label, account.target)
  if (options.all === true) return cancelEverybodys(broker, output, options)
  const { results, missing } = await cancelOrders(broker, ids.length === 0 ? null : ids)
  if (options.json) {
    const cancelled = results.map(({ clientOrderId, alpacaOrderId, answer }) => ({
      client_order_id: clientOrderId,
      alpaca_order_id: alpacaOrderId,
      answer,
    }))
    await output.printJson({ orders: cancelled, missing })
  } else
    for (const { clientOrderId, answer } of results) await output.print(`${clientOrderId}: ${WORDS[answer]}`)
  for (const id of missing) output.note(`There is no open order ${id}.`)
  if (results.length === 0 && missing.length === 0) output.note('There is nothing to cancel.')
  const done = missing.length === 0 && results.every(({ answer }) => answer === 'cancelled')
  return done ? EXIT.ok : EXIT.negative
}

const WORDS = {
  cancelled: 'the broker cancels it',
  not_cancellable: 'not open any more',
  unavailable: 'the broker did not answer: try again',
} as const

async function cancelEverybodys(broker: Broker, output: Output, { json }: StageOption): Promise<ExitCode> {
  const answer = await broker.cancelAll()
  if (answer.kind === 'unavailable') throw new UnavailableError(`the broker cannot cancel: ${answer.reason}`)
  const { cancelled, refused } = answer
  if (json) await output.printJson({ cancelled, refused })
  else await output.print(`${cancelled} orders are cancelled by the broker, ${refused} are not`)
  return refused === 0 ? EXIT.ok : EXIT.negative
}

async function chosenViews(context: CliContext, options: ViewOptions): Promise<readonly BrokerView[]> {
  const deployment = await openChosenDeployment(context, options)
  const all = await viewedAccounts(deployment)
  const chosen = options.account === undefined ? all : [accountNamed(options.account, all, '--account')]
  return Promise.all(chosen.map((account) => viewBroker(account, deployment)))
}

/** Whether every broker has answered: only then is nothing told as nothing there. */
function all(views: readonly BrokerView[]): boolean {
  return views.every(({ snapshot }) => snapshot !== null)
}

/** A broker that cannot be asked is said, and takes nothing away from the others. */
function ending(views: readonly BrokerView[], output: Output): ExitCode {
  const silent = views.filter(({ snapshot }) => snapshot === null)
  for (const { account, problem } of silent) output.note(`error: ${account}: ${problem}`)
  return silent.length > 0 ? EXIT.unreachable : EXIT.ok
}
