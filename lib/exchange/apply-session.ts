/** The fold of a session's events: a new day at the exchange, and what it makes of orders that were waiting or left over. */
import type { EpochMs } from '../domain/time.ts'
import { equity } from './accounting.ts'
import type { ExchangeEventOf, Prices } from './events.ts'
import { accountsByLabel, type ExchangeAccount, type ExchangeState } from './model.ts'
import type { ExchangeOrder } from './order.ts'
import { emit, endOrder } from './order-updates.ts'

export function openSession(
  state: ExchangeState,
  event: ExchangeEventOf<'session_opened'>,
  at: EpochMs,
): void {
  for (const account of state.accounts.values()) account.lastEquity = equity(state, account)
  state.previousPrices = new Map(state.prices)
  markPrices(state, event.prices)
  state.sessions.push({
    date: event.date,
    opensAt: event.opens_at,
    closesAt: event.closes_at,
    prices: event.prices,
  })
  for (const account of accountsByLabel(state)) {
    for (const order of account.openOrders) carryInto(state, account, order, event.date, at)
  }
}

/** A day order that worked in an earlier session has expired; one that waited for this session works now. */
function carryInto(
  state: ExchangeState,
  account: ExchangeAccount,
  order: ExchangeOrder,
  date: string,
  at: EpochMs,
): void {
  if (order.session === null) {
    order.session = date
    order.status = 'new'
    order.updatedAt = at
    emit(state, order, 'new', at)
  } else if (order.timeInForce === 'day' && order.session !== 'always') {
    endOrder(state, account, order, 'expired', at)
  }
}

export function markPrices(state: ExchangeState, prices: Prices): void {
  for (const [symbol, price] of prices) state.prices.set(symbol, price)
}
