/**
 * `doctor --order-test`: one order far off the market, sent to the account's real broker, looked up by both of its ids,
 * compared field by field, and cancelled. What Torghut's own tests cannot show: that this account's keys, this broker and
 * this version understand each other.
 *
 * Invariants: at most one order is sent, a buy of one share, or of 20 coins, at a dollar; whatever was or may have been
 * taken is cancelled, or named with what to do about it, and what a test that was killed has left is cancelled by the next one.
 * No kill switch is asked: it is the operator's own order, of no
 * strategy.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { ONE, decimal, formatDecimal } from '../domain/decimal.ts'
import type { AlpacaOrderId, ClientOrderId } from '../domain/ids.ts'
import { isCrypto } from '../domain/symbol.ts'
import type { OrderTester, ShownOrder, TestAnswer, TestOrder } from '../ports/order-tester.ts'
import { fail, ok, type Check } from './doctor.ts'
import {
  cancelled,
  type Found,
  inWords,
  leftByEarlierTests,
  reasonOf,
  type TestFailure,
} from './test-order.ts'

export interface OrderTestInputs {
  readonly tester: OrderTester
  readonly account: AccountLabel
  /** A share that trades far above a dollar, or one of `TEST_PAIRS`. */
  readonly symbol: string
  /** Of its own making, with `TEST_ORDER_PREFIX`. */
  readonly clientOrderId: ClientOrderId
  readonly pause: (milliseconds: number) => Promise<void>
}

/**
 * Pairs that can be tested with: coins far above a dollar. Of a cheap coin a limit of a dollar would be a purchase at once,
 * and nothing here knows prices.
 */
export const TEST_PAIRS: readonly string[] = ['BTC/USD', 'ETH/USD']

/**
 * Worth twice what the broker wants of an order for coins at least, 10 dollars ("cost basis must be >= minimal amount of
 * order 10", https://github.com/ccxt/ccxt/pull/30101).
 */
const COINS = decimal('20')

/** The steps, each a check; those after a failed one are left out. */
export function orderTest(inputs: OrderTestInputs): readonly Check[] {
  return [{ name: 'order test', run: () => run(inputs) }]
}

async function run(inputs: OrderTestInputs): Promise<readonly Found[]> {
  return [...(await leftByEarlierTests(inputs)), ...(await sent(inputs))]
}

async function sent(inputs: OrderTestInputs): Promise<readonly Found[]> {
  const { tester, symbol, clientOrderId } = inputs
  const terms = isCrypto(symbol)
    ? ({ quantity: COINS, timeInForce: 'gtc' } as const)
    : ({ quantity: ONE, timeInForce: 'day' } as const)
  const wanted: TestOrder = { clientOrderId, symbol, limitPrice: ONE, ...terms }
  const placed = await tester.place(wanted)
  // a broker that failed may have taken it all the same
  if (placed.kind === 'refused' && placed.isOwn && placed.status < 500) return [refusal(placed, inputs)]
  if (placed.kind !== 'shown') return afterSilence(placed, wanted, inputs)
  const what = `${inWords(wanted)} (${clientOrderId}, the broker's ${placed.order.alpacaOrderId})`
  const { alpacaOrderId } = placed.order
  const shown: readonly (readonly [string, TestAnswer])[] = [
    ['the answer', placed],
    ['by its id', await tester.showById(alpacaOrderId)],
    ['by its client order id', await tester.showByClientOrderId(clientOrderId)],
  ]
  const seen = shown.map(([how, answer]) => compared(how, answer, wanted, alpacaOrderId))
  return [
    ok(`${tester.target.baseUrl} took ${what}`),
    ...seen,
    await cancelled(alpacaOrderId, wanted, inputs),
  ]
}

/** Nothing tells whether the order was taken: it is looked for, and cancelled if it is there. */
async function afterSilence(
  placed: TestFailure,
  wanted: TestOrder,
  inputs: OrderTestInputs,
): Promise<readonly Found[]> {
  const { tester, clientOrderId } = inputs
  const said = `the broker gave no answer to the order: ${reasonOf(placed)}`
  const found = await tester.showByClientOrderId(clientOrderId)
  if (found.kind === 'shown') {
    const advice = 'It was taken all the same, and was found by its client order id. Try again.'
    return [fail(said, advice), await cancelled(found.order.alpacaOrderId, wanted, inputs)]
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
    timeInForce: wanted.timeInForce,
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

function refusal(
  { status, body }: Extract<TestFailure, { kind: 'refused' }>,
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
      isCrypto(symbol)
        ? 'See whether the account may trade coins and has 20 dollars that are not borrowed, and whether its key may send orders.'
        : 'See whether the account may trade and has a dollar of buying power, and whether its key may send orders.',
    )
  }
  if (status === 422)
    return fail(
      message,
      `Choose another symbol than ${symbol}: --symbol with a share, or one of ${TEST_PAIRS.join(', ')}.`,
    )
  return fail(
    message,
    status === 429
      ? 'Wait a minute and try again.'
      : 'Try again; see https://status.alpaca.markets/ if it stays so.',
  )
}

function textOf(value: ShownOrder[keyof ShownOrder]): string {
  return typeof value === 'bigint' ? formatDecimal(value) : (value ?? 'nothing')
}
