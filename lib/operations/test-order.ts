/** What an order test says of its order, and how it is cancelled (lib/operations/order-test.ts). */
import { formatDecimal } from '../domain/decimal.ts'
import type { AlpacaOrderId } from '../domain/ids.ts'
import { progressOfStatus } from '../orders/execution/broker-status.ts'
import type { OrderTester, TestAnswer, TestOrder } from '../ports/order-tester.ts'
import { fail, ok, type Finding } from './doctor.ts'

export type Found = Omit<Finding, 'check'>
export type TestFailure = Exclude<TestAnswer, { readonly kind: 'shown' }>

/** What client order ids of order tests begin with, and no others: no order of a strategy's has such a one. */
export const TEST_ORDER_PREFIX = 'torghut-order-test-'

/** How often, and how far apart, a cancelled order is asked for until it is final. */
const LOOKS = 10
const LOOK_EVERY_MS = 500

export interface CancelDeps {
  readonly tester: OrderTester
  readonly pause: (milliseconds: number) => Promise<void>
}

/** The order as it was sent, with how it ends. */
export type WordedOrder = Pick<TestOrder, 'symbol' | 'quantity'> & {
  readonly limitPrice: TestOrder['limitPrice'] | null
  readonly timeInForce: string
}

/** What is sent, e.g. `buy 1 SPY at 1`. */
export function inWords({ symbol, quantity, limitPrice }: Omit<WordedOrder, 'timeInForce'>): string {
  const price = limitPrice === null ? 'the market' : formatDecimal(limitPrice)
  return `buy ${formatDecimal(quantity)} ${symbol} at ${price}`
}

/** Cancels it and sees that it is shown so. */
export async function cancelled(
  id: AlpacaOrderId,
  order: WordedOrder,
  { tester, pause }: CancelDeps,
): Promise<Found> {
  const advice = `Cancel the order ${id} at the broker: ${inWords(order)} (${order.timeInForce}).`
  const refused = await tester.cancel(id)
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await tester.showById(id)
    const status = answer.kind === 'shown' ? answer.order.status : ''
    if (status === 'canceled') return ok('cancelled, and shown as cancelled')
    const progress = progressOfStatus(status)
    if (progress === 'filled' || progress === 'partially_filled') {
      return fail(
        'it was filled at a dollar or less',
        'The account holds what it bought. Choose what costs far more than a dollar: --symbol SPY.',
      )
    }
    if (progress !== null && progress !== 'accepted')
      return fail(`it ended as ${status}`, 'Ask the broker why.')
    if (refused !== null) return fail(`it cannot be cancelled: ${reasonOf(refused)}`, advice)
    await pause(LOOK_EVERY_MS)
  }
  return fail('the broker took the cancelling, but does not show it as cancelled', advice)
}

/** Finds and cancels what earlier tests that were killed have left open. Sends nothing. */
export async function leftByEarlierTests(deps: CancelDeps): Promise<readonly Found[]> {
  const open = await deps.tester.openOrders()
  if (open.kind !== 'listed') {
    const advice = `Look for open orders ${TEST_ORDER_PREFIX}... at the broker, and cancel them there.`
    return [fail(`whether an earlier test has left an order cannot be asked: ${reasonOf(open)}`, advice)]
  }
  const left = open.orders.filter(({ clientOrderId }) => clientOrderId.startsWith(TEST_ORDER_PREFIX))
  const found: Found[] = []
  for (const order of left) {
    const what = `${inWords(order)} (${order.clientOrderId}), left by a test that was killed`
    const { message, ...rest } = await cancelled(order.alpacaOrderId, order, deps)
    found.push({ ...rest, message: `${what}: ${message}` })
  }
  return found
}

export function reasonOf(answer: TestFailure): string {
  if (answer.kind === 'unavailable') return answer.reason
  return answer.isOwn
    ? `status ${answer.status}: ${answer.body}`
    : `status ${answer.status} of something in front of it`
}
