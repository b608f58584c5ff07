/** The fold of a session's events: a new day at the exchange, and what it makes of orders that were waiting or left over. */
import { decimal } from '../domain/decimal.ts'
import { instant, type EpochMs } from '../domain/time.ts'
import { equity } from './accounting.ts'
import type { ExchangeEventOf } from './events.ts'
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
    opensAt: instant(event.opens_at),
    closesAt: instant(event.closes_at),
    prices: new Map(Object.entries(event.prices).map(([symbol, price]) => [symbol, decimal(price)])),
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

export function markPrices(state: ExchangeState, prices: Readonly<Record<string, string>>): void {
  for (const [symbol, price] of Object.entries(prices)) state.prices.set(symbol, decimal(price))
}
