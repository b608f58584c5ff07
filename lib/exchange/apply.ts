/**
 * The fold: what each event does to the exchange's state, and which trade updates it gives rise to.
 *
 * Invariants: no clock, no I/O, no randomness, so a log replayed gives the same state, the same ids and the
 * same updates with the same sequence numbers; an event that does not fit the state is a fault of the log.
 */
import { accountLabel } from '../domain/account-label.ts'
import { asDecimal, decimal, formatDecimal, mul, ZERO } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import { formatInstant, instant, type EpochMs } from '../domain/time.ts'
import { equity, positionAfter } from './accounting.ts'
import type { ExchangeEvent, ExchangeEventOf } from './events.ts'
import { accountsByLabel, heldQuantity, type ExchangeAccount, type ExchangeState } from './model.ts'
import { deterministicUuid, isOpenOrder, type ExchangeOrder } from './order.ts'
import { type TradeUpdateEvent, type TradeUpdateMessage, wireOrder } from './wire-order.ts'

/** Changes the state in place. @throws StateError when the event cannot have happened in this state. */
export function applyEvent(state: ExchangeState, event: ExchangeEvent): void {
  const at = instant(event.at)
  switch (event.type) {
    case 'account_opened':
      return openAccount(state, event, at)
    case 'session_opened':
      return openSession(state, event, at)
    case 'prices_marked':
      return markPrices(state, event.prices)
    case 'order_accepted':
      return acceptOrder(state, event, at)
    case 'order_filled':
      return fillOrder(state, event, at)
    case 'order_canceled': {
      const { account, order } = openOrder(state, event)
      return endOrder(state, account, order, 'canceled', at)
    }
  }
}

function openAccount(state: ExchangeState, event: ExchangeEventOf<'account_opened'>, at: EpochMs): void {
  const label = accountLabel(event.account)
  if (state.accounts.has(label)) throw new StateError(`account ${label} is open already`)
  const cash = decimal(event.cash)
  state.accounts.set(label, {
    label,
    brokerAccountId: deterministicUuid('account', label),
    openedAt: at,
    multiplier: decimal(event.multiplier),
    shortingEnabled: event.shorting_enabled,
    cash,
    lastEquity: cash,
    positions: new Map(),
    orders: new Map(),
    openOrders: new Set(),
    ordersByClientOrderId: new Map(),
  })
}

function openSession(state: ExchangeState, event: ExchangeEventOf<'session_opened'>, at: EpochMs): void {
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

function markPrices(state: ExchangeState, prices: Readonly<Record<string, string>>): void {
  for (const [symbol, price] of Object.entries(prices)) state.prices.set(symbol, decimal(price))
}

function acceptOrder(state: ExchangeState, event: ExchangeEventOf<'order_accepted'>, at: EpochMs): void {
  const account = accountOf(state, event.account)
  if (account.ordersByClientOrderId.has(event.client_order_id) || account.orders.has(event.order_id)) {
    throw new StateError(`order ${event.client_order_id} is there already`)
  }
  const order: ExchangeOrder = {
    id: event.order_id,
    clientOrderId: event.client_order_id,
    account: account.label,
    symbol: event.symbol,
    side: event.side,
    quantity: decimal(event.qty),
    timeInForce: event.time_in_force,
    limitPrice: event.limit_price === undefined ? null : decimal(event.limit_price),
    submittedAt: at,
    session: event.session,
    status: event.session === null ? 'accepted' : 'new',
    filledQuantity: ZERO,
    filledValue: ZERO,
    fills: 0,
    fees: ZERO,
    updatedAt: at,
    endedAt: null,
  }
  account.orders.set(order.id, order)
  account.openOrders.add(order)
  account.ordersByClientOrderId.set(order.clientOrderId, order)
  emit(state, order, order.status === 'new' ? 'new' : 'accepted', at)
}

function fillOrder(state: ExchangeState, event: ExchangeEventOf<'order_filled'>, at: EpochMs): void {
  const { account, order } = openOrder(state, event)
  const quantity = decimal(event.qty)
  const price = decimal(event.price)
  const filled = asDecimal(order.filledQuantity + quantity)
  if (quantity <= 0n || filled > order.quantity) throw new StateError(`order ${order.id} is overfilled`)
  const value = mul(quantity, price)
  const fee = event.fee === undefined ? ZERO : decimal(event.fee)
  account.cash = asDecimal((order.side === 'buy' ? account.cash - value : account.cash + value) - fee)
  const position = positionAfter(account.positions.get(order.symbol), order.side, quantity, price)
  if (position.quantity === 0n) account.positions.delete(order.symbol)
  else account.positions.set(order.symbol, position)
  order.filledQuantity = filled
  order.filledValue = asDecimal(order.filledValue + value)
  order.fills += 1
  order.fees = asDecimal(order.fees + fee)
  order.updatedAt = at
  const done = filled === order.quantity
  order.status = done ? 'filled' : 'partially_filled'
  if (done) {
    order.endedAt = at
    account.openOrders.delete(order)
  }
  emit(state, order, done ? 'fill' : 'partial_fill', at, {
    price: formatDecimal(price),
    qty: formatDecimal(quantity),
    position_qty: formatDecimal(heldQuantity(account, order.symbol)),
  })
}

function endOrder(
  state: ExchangeState,
  account: ExchangeAccount,
  order: ExchangeOrder,
  end: 'canceled' | 'expired',
  at: EpochMs,
): void {
  account.openOrders.delete(order)
  order.status = end
  order.updatedAt = at
  order.endedAt = at
  emit(state, order, end, at)
}

function emit(
  state: ExchangeState,
  order: ExchangeOrder,
  event: TradeUpdateEvent,
  at: EpochMs,
  fill: Pick<TradeUpdateMessage['data'], 'price' | 'qty' | 'position_qty'> = {},
): void {
  const data = {
    event,
    timestamp: formatInstant(at),
    order: wireOrder(order),
    execution_id: deterministicUuid('execution', order.id, event, String(order.fills)),
    ...fill,
  }
  const sequence = state.updates.length + 1
  state.updates.push({ sequence, account: order.account, message: { stream: 'trade_updates', data } })
}

function accountOf(state: ExchangeState, label: string): ExchangeAccount {
  const account = state.accounts.get(accountLabel(label))
  if (account === undefined) throw new StateError(`account ${label} was never opened`)
  return account
}

function openOrder(
  state: ExchangeState,
  event: { readonly account: string; readonly order_id: string },
): { readonly account: ExchangeAccount; readonly order: ExchangeOrder } {
  const account = accountOf(state, event.account)
  const order = account.orders.get(event.order_id)
  if (order === undefined || !isOpenOrder(order)) throw new StateError(`order ${event.order_id} is not open`)
  return { account, order }
}
