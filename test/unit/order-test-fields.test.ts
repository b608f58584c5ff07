/** The order test compares every field of what the broker shows, however the order was asked for. */
import { expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import { orderTest } from '../../lib/operations/order-test.ts'
import type { ShownOrder, TestAnswer } from '../../lib/ports/order-tester.ts'

const AS_SENT: ShownOrder = {
  alpacaOrderId: asAlpacaOrderId('o1'),
  clientOrderId: asClientOrderId('torghut-order-test-1'),
  symbol: 'SPY',
  side: 'buy',
  type: 'limit',
  quantity: decimal('1'),
  limitPrice: decimal('1'),
  timeInForce: 'day',
  status: 'accepted',
  filledQuantity: decimal('0'),
}

/** The findings when the look-up by our id shows this. */
async function shownAs(different: Partial<ShownOrder>): Promise<readonly string[]> {
  let cancelled = false
  const shown = (order: ShownOrder): TestAnswer => ({ kind: 'shown', order })
  const [check] = orderTest({
    tester: {
      target: { mode: 'paper', baseUrl: 'https://broker.invalid' },
      place: async () => shown(AS_SENT),
      showById: async () => shown(cancelled ? { ...AS_SENT, status: 'canceled' } : AS_SENT),
      showByClientOrderId: async () => shown({ ...AS_SENT, ...different }),
      openOrders: async () => ({ kind: 'listed', orders: [] }),
      cancel: async () => {
        cancelled = true
        return null
      },
    },
    account: accountLabel('paper'),
    symbol: 'SPY',
    clientOrderId: AS_SENT.clientOrderId,
    pause: async () => {},
  })
  const found = (await check?.run()) ?? []
  return found.filter(({ level }) => level === 'fail').map(({ message }) => message)
}

it('is content with an order as it was sent', async () => {
  expect(await shownAs({})).toEqual([])
})

it.each<[Partial<ShownOrder>, string]>([
  [{ alpacaOrderId: asAlpacaOrderId('o2') }, 'alpacaOrderId: sent o1, shown o2'],
  [{ clientOrderId: asClientOrderId('tg-1') }, 'clientOrderId: sent torghut-order-test-1, shown tg-1'],
  [{ symbol: 'SPYX' }, 'symbol: sent SPY, shown SPYX'],
  [{ side: 'sell' }, 'side: sent buy, shown sell'],
  [{ type: 'market' }, 'type: sent limit, shown market'],
  [{ quantity: decimal('2') }, 'quantity: sent 1, shown 2'],
  [{ limitPrice: null }, 'limitPrice: sent 1, shown nothing'],
  [{ timeInForce: 'gtc' }, 'timeInForce: sent day, shown gtc'],
  [{ filledQuantity: decimal('1') }, 'filledQuantity: sent 0, shown 1'],
])('fails over %o', async (different, words) => {
  expect(await shownAs(different)).toEqual([`by its client order id: ${words}`])
})
