/**
 * The states of an execution as the broker's reports come in: late ones, fills after the end, busts and
 * corrections.
 */
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal, ZERO } from '../../lib/domain/decimal.ts'
import type { Execution, ExecutionState } from '../../lib/domain/execution.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import {
  orderEventAnomaly,
  withBrokerOrder,
  withOrderEvents,
} from '../../lib/orders/execution/broker-reports.ts'
import { changed } from '../../lib/orders/execution/moves.ts'
import { aBrokerOrder, at, aTradeUpdate, ORDER_ID } from '../support/order-fixtures.ts'
import { anExecution } from '../support/state-samples.ts'

const NOW = at(600)

function after(execution: Execution, ...events: OrderEvent[]): Execution {
  return events.reduce((current, event) => changed(current, withOrderEvents([event]), NOW), execution)
}

const accepted = aTradeUpdate({ eventType: 'new', status: 'new', eventTs: at(1) })
const fourFilled = aTradeUpdate({
  eventType: 'partial_fill',
  status: 'partially_filled',
  eventTs: at(2),
  filled: '4',
  price: '101',
})
const tenFilled = aTradeUpdate({
  eventType: 'fill',
  status: 'filled',
  eventTs: at(3),
  filled: '10',
  price: '101.6',
})
const canceledAtFour = aTradeUpdate({
  eventType: 'canceled',
  status: 'canceled',
  eventTs: at(3),
  filled: '4',
  price: '101',
})

describe('an execution the broker speaks of', () => {
  it('goes from submitting to accepted, partially filled and filled', () => {
    const states = [accepted, fourFilled, tenFilled].map(
      (_, index, all) => after(anExecution(), ...all.slice(0, index + 1)).state,
    )
    expect(states).toEqual(['accepted', 'partially_filled', 'filled'])
    expect(after(anExecution(), accepted, fourFilled, tenFilled)).toMatchObject({
      revision: 4,
      alpacaOrderId: ORDER_ID,
      filledQuantity: decimal('10'),
      averageFillPrice: decimal('101.6'),
      updatedAt: NOW,
    })
  })

  it('is the same object when a report adds nothing', () => {
    const filled = after(anExecution(), accepted, fourFilled, tenFilled)
    expect(changed(filled, withOrderEvents([tenFilled, accepted, fourFilled]), NOW)).toBe(filled)
    const order = aBrokerOrder({ status: 'filled', filled: '10', price: '101.6', updatedAt: at(3) })
    expect(changed(filled, withBrokerOrder(order), NOW)).toBe(filled)
    expect(changed(filled, withOrderEvents([]), NOW)).toBe(filled)
  })

  it('rises by one revision for several updates at once', () => {
    expect(changed(anExecution(), withOrderEvents([accepted, fourFilled, tenFilled]), NOW).revision).toBe(2)
  })

  it('is not taken back by a report that comes late', () => {
    expect(after(anExecution(), tenFilled, accepted).state).toBe('filled')
    expect(changed(after(anExecution(), tenFilled), withBrokerOrder(aBrokerOrder({})), NOW)).toMatchObject({
      state: 'filled',
      filledQuantity: decimal('10'),
    })
  })

  it('is settled by any report, whatever its status is called', () => {
    expect(changed(anExecution(), withBrokerOrder(aBrokerOrder({ status: 'levitating' })), NOW).state).toBe(
      'accepted',
    )
    const unknown = aTradeUpdate({ eventType: 'levitated', status: 'levitating' })
    expect(after(anExecution(), unknown).state).toBe('accepted')
    expect(after(anExecution(), fourFilled, unknown).state).toBe('partially_filled')
  })

  it('that is absent is reopened by a report', () => {
    const absent = anExecution({ state: 'absent', misses: { count: 2, lastAt: at(100) } })
    expect(changed(absent, withBrokerOrder(aBrokerOrder({})), NOW)).toMatchObject({
      state: 'accepted',
      misses: null,
    })
    expect(after(absent, tenFilled).state).toBe('filled')
  })

  it.each<[string, ExecutionState]>([
    ['new', 'accepted'],
    ['accepted', 'accepted'],
    ['pending_new', 'accepted'],
    ['accepted_for_bidding', 'accepted'],
    ['held', 'accepted'],
    ['stopped', 'accepted'],
    ['suspended', 'accepted'],
    ['calculated', 'accepted'],
    ['done_for_day', 'accepted'],
    ['pending_cancel', 'accepted'],
    ['pending_replace', 'accepted'],
    ['partially_filled', 'partially_filled'],
    ['filled', 'filled'],
    ['canceled', 'canceled'],
    ['expired', 'expired'],
    ['replaced', 'replaced'],
    ['rejected', 'rejected'],
  ])('with the status %s is %s', (status, state) => {
    expect(changed(anExecution(), withBrokerOrder(aBrokerOrder({ status })), NOW).state).toBe(state)
    expect(after(anExecution(), aTradeUpdate({ eventType: 'restated', status })).state).toBe(state)
  })

  it('goes by the event when there is no status', () => {
    expect(after(anExecution(), aTradeUpdate({ eventType: 'expired' })).state).toBe('expired')
    expect(after(anExecution(), aTradeUpdate({ eventType: 'fill' }))).toMatchObject({
      state: 'filled',
      filledQuantity: decimal('10'),
    })
  })
})

describe('a fill after the end of its order', () => {
  it('counts, and the order stays canceled', () => {
    const late = aTradeUpdate({
      eventType: 'fill',
      status: 'filled',
      eventTs: at(4),
      filled: '10',
      price: '102',
    })
    const expected = { state: 'canceled', filledQuantity: decimal('10'), averageFillPrice: decimal('102') }
    expect(after(anExecution(), canceledAtFour, late)).toMatchObject(expected)
    expect(after(anExecution(), late, canceledAtFour)).toMatchObject(expected)
  })

  it('counts for an order whose POST was refused, which stays rejected', () => {
    const refused = anExecution({ state: 'rejected', rejection: '{"code":40310000}' })
    expect(after(refused, fourFilled)).toMatchObject({ state: 'rejected', filledQuantity: decimal('4') })
    expect(after(refused, tenFilled)).toMatchObject({ state: 'rejected', filledQuantity: decimal('10') })
  })
})

describe('a bust or correction', () => {
  const bustToFour = aTradeUpdate({
    eventType: 'trade_bust',
    status: 'partially_filled',
    eventTs: at(5),
    filled: '4',
    price: '101',
  })

  it('takes a fill back, and the order stays filled', () => {
    const expected = { state: 'filled', filledQuantity: decimal('4'), averageFillPrice: decimal('101') }
    expect(after(anExecution(), tenFilled, bustToFour)).toMatchObject(expected)
    expect(after(anExecution(), bustToFour, tenFilled)).toMatchObject(expected)
  })

  it('of everything leaves nothing filled and no price', () => {
    const all = aTradeUpdate({ eventType: 'trade_bust', eventTs: at(5), filled: '0' })
    expect(after(anExecution(), tenFilled, all)).toMatchObject({
      filledQuantity: ZERO,
      averageFillPrice: null,
    })
  })

  it('does not take back what is filled after it', () => {
    const sevenFilled = aTradeUpdate({
      status: 'partially_filled',
      eventTs: at(6),
      filled: '7',
      price: '100.5',
    })
    for (const events of [
      [fourFilled, tenFilled, bustToFour, sevenFilled],
      [sevenFilled, bustToFour, tenFilled, fourFilled],
    ]) {
      expect(after(anExecution(), ...events)).toMatchObject({
        filledQuantity: decimal('7'),
        averageFillPrice: decimal('100.5'),
      })
    }
  })

  it('changes the price alone when it says so', () => {
    const repriced = aTradeUpdate({
      eventType: 'trade_correct',
      eventTs: at(5),
      filled: '10',
      price: '101.2',
    })
    expect(after(anExecution(), tenFilled, repriced)).toMatchObject({
      filledQuantity: decimal('10'),
      averageFillPrice: decimal('101.2'),
    })
  })

  it('is needed for a fill to fall: a look-up that shows less does not do', () => {
    const less = aBrokerOrder({ status: 'filled', filled: '4', price: '101', updatedAt: at(9) })
    const filled = after(anExecution(), tenFilled)
    expect(changed(filled, withBrokerOrder(less), NOW).filledQuantity).toBe(decimal('10'))
    // Once the bust is known, the look-up after it counts.
    const five = aBrokerOrder({ status: 'filled', filled: '5', price: '101', updatedAt: at(9) })
    expect(after(changed(filled, withBrokerOrder(five), NOW), bustToFour).filledQuantity).toBe(decimal('5'))
  })
})

describe('an update about something else', () => {
  it.each<[string, Partial<OrderEvent>]>([
    ['account_mismatch', { accountLabel: accountLabel('live') }],
    ['client_order_id_mismatch', { clientOrderId: asClientOrderId('tg-other') }],
    ['alpaca_order_id_mismatch', { alpacaOrderId: asAlpacaOrderId('other') }],
    ['symbol_mismatch', { symbol: 'MSFT' }],
    ['side_mismatch', { side: 'sell' }],
    // another order under our id, of the same symbol and side: seed 59 of the simulation
    ['quantity_mismatch', { quantity: decimal('3') }],
  ])('is a %s and changes nothing', (anomaly, difference) => {
    const execution = after(anExecution(), accepted)
    const event = { ...tenFilled, ...difference }
    expect(orderEventAnomaly(execution, event)).toBe(anomaly)
    expect(changed(execution, withOrderEvents([event]), NOW)).toBe(execution)
  })

  it('is one for an order that was never sent', () => {
    const denied = anExecution({ state: 'denied', deniedReason: 'kill_switch_on', claim: null })
    expect(orderEventAnomaly(denied, tenFilled)).toBe('update_for_denied')
    expect(changed(denied, withOrderEvents([tenFilled]), NOW)).toBe(denied)
    expect(changed(denied, withBrokerOrder(aBrokerOrder({})), NOW)).toBe(denied)
  })

  it('is not one when a crypto pair is written without its slash', () => {
    const bitcoin = anExecution({ symbol: 'BTC/USD', timeInForce: 'gtc' })
    expect(orderEventAnomaly(bitcoin, aTradeUpdate({ symbol: 'BTCUSD' }))).toBeNull()
  })
})
