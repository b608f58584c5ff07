/**
 * The fold: what each event does to the exchange's state, and which trade updates it gives rise to.
 *
 * Invariants: no clock, no I/O, no randomness, so a log replayed gives the same state, the same ids and the
 * same updates with the same sequence numbers; an event that does not fit the state is a fault of the log.
 */
import { accountLabel } from '../domain/account-label.ts'
import { asDecimal, formatDecimal, mul, ZERO } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import { positionAfter } from './accounting.ts'
import { markPrices, openSession } from './apply-session.ts'
import type { ExchangeEvent, ExchangeEventOf } from './events.ts'
import { heldQuantity, type ExchangeAccount, type ExchangeState } from './model.ts'
import { deterministicUuid, isOpenOrder, type ExchangeOrder } from './order.ts'
import { emit, endOrder } from './order-updates.ts'
import { SentOrders } from './sent-orders.ts'

/** Changes the state in place. @throws StateError when the event cannot have happened in this state. */
export function applyEvent(state: ExchangeState, event: ExchangeEvent): void {
  const { at } = event
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
  const { cash } = event
  state.accounts.set(label, {
    label,
    brokerAccountId: deterministicUuid('account', label),
    openedAt: at,
    multiplier: event.multiplier,
    shortingEnabled: event.shorting_enabled,
    cash,
    lastEquity: cash,
    positions: new Map(),
    orders: new Map(),
    sentOrders: new SentOrders(),
    openOrders: new Set(),
    ordersByClientOrderId: new Map(),
  })
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
    quantity: event.qty,
    timeInForce: event.time_in_force,
    limitPrice: event.limit_price ?? null,
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
  account.sentOrders.add(order)
  account.openOrders.add(order)
  account.ordersByClientOrderId.set(order.clientOrderId, order)
  emit(state, order, order.status === 'new' ? 'new' : 'accepted', at)
}

function fillOrder(state: ExchangeState, event: ExchangeEventOf<'order_filled'>, at: EpochMs): void {
  const { account, order } = openOrder(state, event)
  const { qty: quantity, price, fee = ZERO } = event
  const filled = asDecimal(order.filledQuantity + quantity)
  if (quantity <= 0n || filled > order.quantity) throw new StateError(`order ${order.id} is overfilled`)
  const value = mul(quantity, price)
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
