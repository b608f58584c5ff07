/**
 * `doctor --order-test`: one order far off the market, sent to the account's real broker, looked up by both of its ids,
 * compared field by field, and cancelled. What Torghut's own tests cannot show: that this account's keys, this broker and
 * this version understand each other.
 *
 * Invariants: at most one order is sent, a buy of one share at a dollar; whatever was or may have been taken is cancelled,
 * or named with what to do about it. No kill switch is asked: it is the operator's own order, of no strategy.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { ONE, formatDecimal } from '../domain/decimal.ts'
import type { AlpacaOrderId, ClientOrderId } from '../domain/ids.ts'
import { progressOfStatus } from '../orders/execution/broker-status.ts'
import type { OrderTester, ShownOrder, TestAnswer, TestOrder } from '../ports/order-tester.ts'
import { fail, ok, type Check, type Finding } from './doctor.ts'

export interface OrderTestInputs {
  readonly tester: OrderTester
  readonly account: AccountLabel
  /** A share; it must trade far above a dollar. */
  readonly symbol: string
  /** Of its own making: no order of a strategy's has such a one. */
  readonly clientOrderId: ClientOrderId
  readonly pause: (milliseconds: number) => Promise<void>
}

type Found = Omit<Finding, 'check'>
type Failure = Exclude<TestAnswer, { readonly kind: 'shown' }>

/** How often, and how far apart, a cancelled order is asked for until it is final. */
const LOOKS = 10
const LOOK_EVERY_MS = 500

/** The steps, each a check; those after a failed one are left out. */
export function orderTest(inputs: OrderTestInputs): readonly Check[] {
  return [{ name: 'order test', run: () => run(inputs) }]
}

async function run(inputs: OrderTestInputs): Promise<readonly Found[]> {
  const { tester, symbol, clientOrderId } = inputs
  const wanted: TestOrder = { clientOrderId, symbol, quantity: ONE, limitPrice: ONE }
  const placed = await tester.place(wanted)
  // a broker that failed may have taken it all the same
  if (placed.kind === 'refused' && placed.isOwn && placed.status < 500) return [refusal(placed, inputs)]
  if (placed.kind !== 'shown') return afterSilence(placed, inputs)
  const what = `buy 1 ${symbol} at 1 (${clientOrderId}, the broker's ${placed.order.alpacaOrderId})`
  const { alpacaOrderId } = placed.order
  const shown: readonly (readonly [string, TestAnswer])[] = [
    ['the answer', placed],
    ['by its id', await tester.showById(alpacaOrderId)],
    ['by its client order id', await tester.showByClientOrderId(clientOrderId)],
  ]
  const seen = shown.map(([how, answer]) => compared(how, answer, wanted, alpacaOrderId))
  return [ok(`${tester.target.baseUrl} took ${what}`), ...seen, await cancelled(alpacaOrderId, inputs)]
}

/** Nothing tells whether the order was taken: it is looked for, and cancelled if it is there. */
async function afterSilence(placed: Failure, inputs: OrderTestInputs): Promise<readonly Found[]> {
  const { tester, clientOrderId } = inputs
  const said = `the broker gave no answer to the order: ${reasonOf(placed)}`
  const found = await tester.showByClientOrderId(clientOrderId)
  if (found.kind === 'shown') {
    const advice = 'It was taken all the same, and was found by its client order id. Try again.'
    return [fail(said, advice), await cancelled(found.order.alpacaOrderId, inputs)]
  }
  if (found.kind === 'refused' && found.isOwn && found.status === 404) {
    return [
      fail(`${said}; it was not taken`, 'Try again; see https://status.alpaca.markets/ if it stays so.'),
    ]
  }
  const advice = `Look for ${clientOrderId} at the broker before trying again, and cancel it there.`
  return [fail(`${said}; nor can it be looked up: ${reasonOf(found)}`, advice)]
}

function compared(how: string, answer: TestAnswer, wanted: TestOrder, id: AlpacaOrderId): Found {
  if (answer.kind !== 'shown') {
    const advice = 'Trade updates and look-ups settle orders: do not trade before this works. Try again.'
    return fail(`it is not shown ${how}: ${reasonOf(answer)}`, advice)
  }
  const expected: Partial<Record<keyof ShownOrder, string>> = {
    alpacaOrderId: id,
    clientOrderId: wanted.clientOrderId,
    symbol: wanted.symbol,
    side: 'buy',
    type: 'limit',
    quantity: formatDecimal(wanted.quantity),
    limitPrice: formatDecimal(wanted.limitPrice),
    timeInForce: 'day',
    filledQuantity: '0',
  }
  const different = Object.entries(expected).flatMap(([field, sent]) => {
    const has = textOf(answer.order[field as keyof ShownOrder])
    return has === sent ? [] : [`${field}: sent ${sent}, shown ${has}`]
  })
  if (different.length === 0)
    return ok(`${how}: all ${Object.keys(expected).length} fields as sent, ${answer.order.status}`)
  const advice = 'The lane would halt on such an order. Do not trade with this account, and report it.'
  return fail(`${how}: ${different.join('; ')}`, advice)
}

async function cancelled(id: AlpacaOrderId, { tester, pause }: OrderTestInputs): Promise<Found> {
  const advice = `Cancel the order ${id} at the broker: it is a buy of 1 share at 1 dollar, good for the day.`
  const refused = await tester.cancel(id)
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await tester.showById(id)
    const status = answer.kind === 'shown' ? answer.order.status : ''
    if (status === 'canceled') return ok('cancelled, and shown as cancelled')
    const progress = progressOfStatus(status)
    if (progress === 'filled' || progress === 'partially_filled') {
      return fail(
        'it was filled at a dollar or less',
        'The account holds a share more. Choose a dearer share: --symbol SPY.',
      )
    }
    if (progress !== null && progress !== 'accepted')
      return fail(`it ended as ${status}`, 'Ask the broker why.')
    if (refused !== null) return fail(`it cannot be cancelled: ${reasonOf(refused)}`, advice)
    await pause(LOOK_EVERY_MS)
  }
  return fail('the broker took the cancelling, but does not show it as cancelled', advice)
}

function refusal(
  { status, body }: Extract<Failure, { kind: 'refused' }>,
  { account, symbol, tester }: OrderTestInputs,
): Found {
  const message = `${tester.target.baseUrl} refuses it with status ${status}: ${body}`
  if (status === 401) {
    return fail(
      message,
      `Store the account's own keys for this target: torghut accounts put-credentials ${account}.`,
    )
  }
  if (status === 403) {
    return fail(
      message,
      'See whether the account may trade and has a dollar of buying power, and whether its key may send orders.',
    )
  }
  if (status === 422) return fail(message, `Choose another share than ${symbol}: --symbol SPY.`)
  return fail(
    message,
    status === 429
      ? 'Wait a minute and try again.'
      : 'Try again; see https://status.alpaca.markets/ if it stays so.',
  )
}

function reasonOf(answer: Failure): string {
  if (answer.kind === 'unavailable') return answer.reason
  return answer.isOwn
    ? `status ${answer.status}: ${answer.body}`
    : `status ${answer.status} of something in front of it`
}

function textOf(value: ShownOrder[keyof ShownOrder]): string {
  return typeof value === 'bigint' ? formatDecimal(value) : (value ?? 'nothing')
}
