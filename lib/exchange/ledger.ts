/**
 * The exchange's own operations: each one checks, stores its event, then applies it.
 *
 * Invariants: nothing is applied that is not in the log; every operation is synchronous, so requests never
 * interleave inside one; done again after a restart, the owner's operations change nothing a second time.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { asDecimal, floorToStep, formatDecimal, max, min, mul, ONE, type Decimal } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import { formatInstant } from '../domain/time.ts'
import { isCrypto } from '../domain/trading-calendar.ts'
import type { Clock } from '../ports/clock.ts'
import { admitOrder, refusalOf, type AdmissionRules, type Refusal } from './admission.ts'
import { applyEvent } from './apply.ts'
import { EventLog } from './event-log.ts'
import type { ExchangeEvent } from './events.ts'
import {
  accountsByLabel,
  deterministicUuid,
  emptyState,
  isOpenOrder,
  quantityStep,
  type ExchangeAccount,
  type ExchangeOrder,
  type ExchangeState,
} from './model.ts'

export interface LedgerOptions extends AdmissionRules {
  readonly logFile: string | null
  readonly clock: Clock
  /** No sessions: orders of every symbol work at once. */
  readonly alwaysOpen: boolean
}

export interface SessionOpening {
  readonly date: string
  readonly opensAt: ExchangeState['sessions'][number]['opensAt']
  readonly closesAt: ExchangeState['sessions'][number]['closesAt']
  readonly prices: Readonly<Record<string, Decimal>>
}

export interface FillOptions {
  readonly account?: AccountLabel
  /** Which part of what is left of each order fills, up to 1 (the default); at least one step. */
  readonly portion?: Decimal
  /** By symbol, instead of the session's. */
  readonly prices?: Readonly<Record<string, Decimal>>
}

export class Ledger {
  readonly state: ExchangeState = emptyState()
  readonly #options: LedgerOptions
  readonly #log: EventLog | null

  /** @throws StateError when the log cannot be read. */
  constructor(options: LedgerOptions) {
    this.#options = options
    const { logFile } = options
    this.#log = logFile === null ? null : EventLog.open(logFile, (event) => applyEvent(this.state, event))
  }

  close(): void {
    this.#log?.close()
  }

  /** Opens an account unless the log has it already; its cash then comes from the log. */
  openAccount(label: AccountLabel, cash: Decimal, multiplier: Decimal, shortingEnabled: boolean): void {
    if (this.state.accounts.has(label)) return
    this.#record({
      type: 'account_opened',
      at: this.#now(),
      account: label,
      cash: formatDecimal(cash),
      multiplier: formatDecimal(multiplier),
      shorting_enabled: shortingEnabled,
    })
  }

  account(label: AccountLabel): ExchangeAccount {
    const account = this.state.accounts.get(label)
    if (account === undefined) throw new StateError(`the exchange has no account ${label}`)
    return account
  }

  /**
   * Opens a session: yesterday's equity is set, day orders left over expire, waiting orders begin to work.
   * The current session opened again, or an earlier one, changes nothing.
   * @throws StateError when the current session is opened again with other prices.
   */
  openSession(session: SessionOpening): { readonly kind: 'opened' | 'already_open' | 'past' } {
    const prices = priceTexts(session.prices)
    const current = this.state.sessions.at(-1)
    if (current !== undefined && session.date < current.date) return { kind: 'past' }
    if (current?.date === session.date) {
      const known = priceTexts(Object.fromEntries(current.prices))
      if (JSON.stringify(known) === JSON.stringify(prices)) return { kind: 'already_open' }
      throw new StateError(`the session of ${session.date} is open with other prices`)
    }
    this.#record({
      type: 'session_opened',
      at: this.#now(),
      date: session.date,
      opens_at: formatInstant(session.opensAt),
      closes_at: formatInstant(session.closesAt),
      prices,
    })
    return { kind: 'opened' }
  }

  /** What positions are worth from now on; orders go on filling at their session's prices. */
  markPrices(prices: Readonly<Record<string, Decimal>>): void {
    const changed = Object.entries(prices).filter(
      ([symbol, price]) => this.state.prices.get(symbol) !== price,
    )
    if (changed.length === 0) return
    this.#record({ type: 'prices_marked', at: this.#now(), prices: priceTexts(Object.fromEntries(changed)) })
  }

  placeOrder(account: ExchangeAccount, body: unknown): ExchangeOrder | Refusal {
    const admission = admitOrder(this.state, account, body, this.#options)
    if (admission.kind === 'refused') return admission.refusal
    const { ticket } = admission
    const clientOrderId =
      ticket.clientOrderId ?? deterministicUuid('client', account.label, String(account.orders.size))
    const id = deterministicUuid('order', account.label, clientOrderId)
    this.#record({
      type: 'order_accepted',
      at: this.#now(),
      account: account.label,
      order_id: id,
      client_order_id: clientOrderId,
      symbol: ticket.symbol,
      side: ticket.side,
      qty: formatDecimal(ticket.quantity),
      time_in_force: ticket.timeInForce,
      session: this.#sessionFor(ticket.symbol),
    })
    return this.#order(account, id)
  }

  cancelOrder(account: ExchangeAccount, id: string): ExchangeOrder | Refusal {
    const order = account.orders.get(id)
    if (order === undefined) return refusalOf(404, 40410000, `order not found for ${id}`)
    if (!isOpenOrder(order)) return refusalOf(422, 42210000, `order is already in "${order.status}" state`)
    this.#record({ type: 'order_canceled', at: this.#now(), account: account.label, order_id: id })
    return order
  }

  /** Fills working orders that have a price, account by account, oldest first. Returns how many. */
  fillPending(options: FillOptions = {}): number {
    let filled = 0
    for (const account of accountsByLabel(this.state)) {
      if (options.account !== undefined && account.label !== options.account) continue
      for (const order of account.openOrders) {
        const price = options.prices === undefined ? undefined : (options.prices[order.symbol] ?? null)
        if (this.fill(order, options.portion, price)) filled += 1
      }
    }
    return filled
  }

  /** Fills an order, at its session's price unless another is given; false when it is not working or has no price. */
  fill(
    order: ExchangeOrder,
    portion: Decimal = ONE,
    price: Decimal | null = this.#fillPrice(order.symbol),
  ): boolean {
    if (price === null || !isOpenOrder(order) || order.session === null) return false
    const left = asDecimal(order.quantity - order.filledQuantity)
    const step = quantityStep(order.symbol)
    const part = portion >= ONE ? left : min(left, max(step, floorToStep(mul(left, portion), step)))
    this.#record({
      type: 'order_filled',
      at: this.#now(),
      account: order.account,
      order_id: order.id,
      qty: formatDecimal(part),
      price: formatDecimal(price),
    })
    return true
  }

  #fillPrice(symbol: string): Decimal | null {
    const session = this.state.sessions.at(-1)
    const prices = session === undefined ? this.state.prices : session.prices
    return prices.get(symbol) ?? null
  }

  /** The session that an order sent now works in; null when it has to wait for the next one. */
  #sessionFor(symbol: string): string | null {
    if (this.#options.alwaysOpen || isCrypto(symbol)) return 'always'
    const session = this.state.sessions.at(-1)
    const now = this.#options.clock.now()
    return session !== undefined && now >= session.opensAt && now < session.closesAt ? session.date : null
  }

  #order(account: ExchangeAccount, id: string): ExchangeOrder {
    const order = account.orders.get(id)
    if (order === undefined) throw new StateError(`the exchange has no order ${id}`)
    return order
  }

  #record(event: ExchangeEvent): void {
    this.#log?.append(event)
    applyEvent(this.state, event)
  }

  #now(): string {
    return formatInstant(this.#options.clock.now())
  }
}

/** Prices as texts, sorted by symbol. */
function priceTexts(prices: Readonly<Record<string, Decimal>>): Record<string, string> {
  const sorted = Object.entries(prices).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(sorted.map(([symbol, price]) => [symbol, formatDecimal(price)]))
}
