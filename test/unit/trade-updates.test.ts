/** Trade updates that were handed over for good are forgotten; their numbers go on, and asking for one of them is refused. */
import { beforeEach, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { StateError } from '../../lib/domain/errors.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'

const ACCOUNT = accountLabel('one')
const BUY = { symbol: 'SPY', qty: '1', side: 'buy', type: 'market', time_in_force: 'day' }

let exchange: PaperExchange

beforeEach(() => {
  const clock = { now: () => asEpochMs(Date.UTC(2026, 1, 10, 15)), monotonic: () => 0 as never }
  exchange = new PaperExchange({ clock, alwaysOpen: true })
  exchange.openAccount({ label: ACCOUNT, cash: decimal(1000) })
  exchange.markPrices({ SPY: decimal(10) })
})

it('are numbered on as if none had been forgotten', () => {
  exchange.placeOrder(ACCOUNT, BUY)
  exchange.state.updates.forget()
  expect(exchange.tradeUpdatesAfter(1)).toEqual([])
  exchange.placeOrder(ACCOUNT, BUY)
  expect(exchange.tradeUpdatesAfter(1).map(({ sequence }) => sequence)).toEqual([2])
  exchange.state.updates.forget()
  exchange.placeOrder(ACCOUNT, BUY)
  expect(exchange.tradeUpdatesAfter(2).map(({ sequence }) => sequence)).toEqual([3])
})

it('are not given out as none once they are forgotten', () => {
  exchange.placeOrder(ACCOUNT, BUY)
  exchange.state.updates.forget()
  expect(() => exchange.tradeUpdatesAfter(0)).toThrow(StateError)
})
