/**
 * The paper exchange's core: stands for the broker on a laptop and in tests. Its owner opens accounts and
 * sessions and lets orders fill; nobody else does. Clients reach it through a front: over HTTP (`http/`) or
 * inside the process (`in-process.ts`).
 *
 * Invariants: each operation checks, stores its event, then applies it, so nothing is true that is not in the
 * log; all are synchronous, so requests never interleave inside one; accounts know nothing of each other; a
 * client order id is taken once per account for ever; ids are functions of account and client order id, so equal
 * runs give equal ids; done again after a restart, the owner's operations change nothing a second time.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { decimal, ZERO, type Decimal } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { OpenAppendLog } from '../ports/append-log.ts'
import type { Clock } from '../ports/clock.ts'
import { equity } from './accounting.ts'
import { admitOrder } from './admission.ts'
import { isRefusal, refusalOf, type Refusal } from './refusal.ts'
import { applyEvent } from './apply.ts'
import { feeOf, NO_COSTS, type TradingCosts } from './costs.ts'
import { areSamePrices, openEventLog, type EventLog, type ExchangeEvent, type Prices } from './events.ts'
import { turnOf, workingSession, type Fill, type FillTerms } from './matching.ts'
import {
  accountsByLabel,
  emptyState,
  type ExchangeAccount,
  type ExchangeSession,
  type ExchangeState,
} from './model.ts'
import { deterministicUuid, isOpenOrder, type ExchangeOrder } from './order.ts'
import { type TradeUpdate, wireOrder, type WireOrder } from './wire-order.ts'

export interface PaperExchangeOptions {
  readonly clock: Clock
  /** Where everything is logged; without it nothing outlives the object. */
  readonly log?: OpenAppendLog
  /** No sessions, always open: orders of every symbol work at once. */
  readonly alwaysOpen?: boolean
  /** Orders fill as soon as they are accepted; their answer still shows them as not filled. */
  readonly autoFill?: boolean
  /** None if absent. */
  readonly costs?: TradingCosts
}

export interface PaperAccount {
  readonly label: AccountLabel
  /** What the account starts with, in dollars. */
  readonly cash: Decimal
  /** Buying power per dollar of equity; 2 if absent. */
  readonly multiplier?: Decimal
  /** Whether it may sell short; true if absent. */
  readonly shortingEnabled?: boolean
}

export interface SessionOpening extends Omit<ExchangeSession, 'prices'> {
  readonly prices: Readonly<Record<string, Decimal>>
}

export interface AccountStatement {
  readonly cash: Decimal
  readonly equity: Decimal
  readonly lastEquity: Decimal
  /** By symbol; negative for a short position. */
  readonly positions: ReadonlyMap<string, Decimal>
}

export class PaperExchange {
  readonly clock: Clock
  readonly alwaysOpen: boolean
  readonly state: ExchangeState = emptyState()
  /** Told of every event, after it; nobody is unless it is set. */
  onEvent: () => void = () => {}
  readonly #autoFill: boolean
  readonly #costs: TradingCosts
  readonly #log: EventLog | null

  /** Rebuilds the state from the log. @throws StateError when it cannot be read; names file and line. */
  constructor({ clock, log, alwaysOpen = false, autoFill = false, costs = NO_COSTS }: PaperExchangeOptions) {
    this.#costs = costs
    this.clock = clock
    this.alwaysOpen = alwaysOpen
    this.#autoFill = autoFill
    this.#log = log === undefined ? null : openEventLog(log, (event) => applyEvent(this.state, event))
  }

  /** Closes the log; after that nothing can happen any more. */
  close(): void {
    this.#log?.close()
  }

  /** Opens an account unless the log has it already; its cash then comes from the log. */
  openAccount({ label, cash, multiplier = decimal(2), shortingEnabled = true }: PaperAccount): void {
    if (this.state.accounts.has(label)) return
    this.#record({
      type: 'account_opened',
      at: this.#now(),
      account: label,
      cash,
      multiplier,
      shorting_enabled: shortingEnabled,
    })
  }

  /**
   * Opens a session: yesterday's equity is set, day orders left over expire, waiting orders begin to work.
   * The current session opened again, or an earlier one, changes nothing.
   * @throws StateError when the current session is opened again with other prices.
   */
  openSession(session: SessionOpening): { readonly kind: 'opened' | 'already_open' | 'past' } {
    const prices: Prices = new Map(Object.entries(session.prices))
    const { session: current } = this
    if (current !== null && session.date < current.date) return { kind: 'past' }
    if (current?.date === session.date) {
      if (areSamePrices(current.prices, prices)) return { kind: 'already_open' }
      throw new StateError(`the session of ${session.date} is open with other prices`)
    }
    this.#record({
      type: 'session_opened',
      at: this.#now(),
      date: session.date,
      opens_at: session.opensAt,
      closes_at: session.closesAt,
      prices,
    })
    return { kind: 'opened' }
  }

  /** The last session that was opened, or null. */
  get session(): ExchangeSession | null {
    return this.state.sessions.at(-1) ?? null
  }

  /** What positions are worth from now on; orders go on filling at their session's prices. */
  markPrices(prices: Readonly<Record<string, Decimal>> | Prices): void {
    const known = this.state.prices
    const changed = new Map<string, Decimal>()
    for (const [symbol, price] of prices instanceof Map ? (prices as Prices) : Object.entries(prices)) {
      if (known.get(symbol) !== price) changed.set(symbol, price)
    }
    if (changed.size > 0) this.#record({ type: 'prices_marked', at: this.#now(), prices: changed })
  }

  /** The order as it was accepted, or why it was not. `body` is the JSON that a client would post. */
  placeOrder(label: AccountLabel, body: unknown): ExchangeOrder | Refusal {
    const account = this.account(label)
    const ticket = admitOrder(this.state, account, body)
    if (isRefusal(ticket)) return ticket
    const clientOrderId =
      ticket.clientOrderId ?? deterministicUuid('client', label, String(account.orders.size))
    const id = deterministicUuid('order', label, clientOrderId)
    this.#record({
      type: 'order_accepted',
      at: this.#now(),
      account: label,
      order_id: id,
      client_order_id: clientOrderId,
      symbol: ticket.symbol,
      side: ticket.side,
      qty: ticket.quantity,
      time_in_force: ticket.timeInForce,
      ...(ticket.limitPrice === null ? {} : { limit_price: ticket.limitPrice }),
      session: this.alwaysOpen ? 'always' : workingSession(this.state, ticket.symbol, this.clock.now()),
    })
    const order = account.orders.get(id)
    if (order === undefined) throw new StateError(`the exchange has no order ${id}`)
    const accepted = { ...order }
    if (this.#autoFill) this.fill(order)
    return accepted
  }

  /** The order, canceled, or why it was not; `id` is the exchange's own. */
  cancelOrder(label: AccountLabel, id: string): ExchangeOrder | Refusal {
    const order = this.account(label).orders.get(id)
    if (order === undefined) return refusalOf(404, 40410000, `order not found for ${id}`)
    if (!isOpenOrder(order)) return refusalOf(422, 42210000, `order is already in "${order.status}" state`)
    this.#cancel(order)
    return order
  }

  /** Fills working orders that have a price, account by account, oldest first. Returns how many. */
  fillPending(terms: FillTerms & { readonly account?: AccountLabel } = {}): number {
    let filled = 0
    for (const account of accountsByLabel(this.state)) {
      if (terms.account !== undefined && account.label !== terms.account) continue
      for (const order of account.openOrders) if (this.fill(order, terms)) filled += 1
    }
    return filled
  }

  /** Fills an order at its session's price or the given one, and ends one that rests nowhere; whether it filled. */
  fill(order: ExchangeOrder, terms: FillTerms = {}): boolean {
    const { fill, ends } = turnOf(this.state, order, terms, this.#costs)
    if (fill !== null) this.#fillAt(order, fill)
    if (ends) this.#cancel(order)
    return fill !== null
  }

  /** @throws StateError when it was never opened */
  account(label: AccountLabel): ExchangeAccount {
    const account = this.state.accounts.get(label)
    if (account === undefined) throw new StateError(`the exchange has no account ${label}`)
    return account
  }

  /** All orders that the account ever placed, oldest first, as the endpoints show them. */
  orders(label: AccountLabel): readonly WireOrder[] {
    return [...this.account(label).orders.values()].map(wireOrder)
  }

  statement(label: AccountLabel): AccountStatement {
    const account = this.account(label)
    const positions = new Map([...account.positions].map(([symbol, { quantity }]) => [symbol, quantity]))
    const { cash, lastEquity } = account
    return { cash, lastEquity, equity: equity(this.state, account), positions }
  }

  /** All trade updates after a sequence number, oldest first; 0 asks for all of them. */
  tradeUpdatesAfter(sequence: number): readonly TradeUpdate[] {
    return this.state.updates.after(sequence)
  }

  #fillAt({ account, id }: ExchangeOrder, { quantity, price }: Fill): void {
    const fee = feeOf(quantity, price, this.#costs)
    this.#record({
      type: 'order_filled',
      at: this.#now(),
      account,
      order_id: id,
      qty: quantity,
      price,
      ...(fee === ZERO ? {} : { fee }),
    })
  }

  #cancel({ account, id }: ExchangeOrder): void {
    this.#record({ type: 'order_canceled', at: this.#now(), account, order_id: id })
  }

  #record(event: ExchangeEvent): void {
    this.#log?.append(event)
    applyEvent(this.state, event)
    this.onEvent()
  }

  #now(): EpochMs {
    return this.clock.now()
  }
}
