/** What the market does between ticks: orders fill, and what happened to them is published on the order feed. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import { decimal, div, ZERO } from '../../../lib/domain/decimal.ts'
import { asEpochMs, formatInstant } from '../../../lib/domain/time.ts'
import type { FillTerms } from '../../../lib/exchange/matching.ts'
import type { ExchangeOrder } from '../../../lib/exchange/order.ts'
import { feedMessage, type TradeUpdate, wireOrder } from '../../../lib/exchange/wire-order.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Kernel } from './kernel.ts'
import { tradeByHand } from './manual-orders.ts'
import { type Stream, streamOf } from './random.ts'
import type { Scenario } from './scenario.ts'
import type { UpdateWay } from './update-way.ts'

export interface MarketOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly exchange: SimulatedExchange
  readonly scenario: Scenario
  readonly seed: number
  readonly way: UpdateWay
}

const FILLS = 0.6
const CORRECTION_WEIGHT = 0.2
const UPDATE_FAULTS = ['update_duplicated', 'update_reordered', 'update_lost'] as const
/** Of those that fill where fills come in parts. */
const IN_PARTS = 0.4
const TWO = decimal('2')
const HALF = decimal('0.5')
/** Sequence numbers that no update of the exchange's own has. */
const CORRECTIONS_FROM = 1_000_000

export class Market {
  readonly #options: MarketOptions
  readonly #random: Stream
  readonly #parts: Stream
  #tick = 0
  #published = 0
  /** Updates that were told before their turn. */
  readonly #told = new Set<number>()

  constructor(options: MarketOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'market')
    this.#parts = streamOf(options.seed, 'fills in parts')
  }

  trade(tick: number): void {
    this.#tick = tick
    const { exchange, scenario } = this.#options
    for (const label of this.#isStill ? [] : scenario.accounts) {
      if (scenario.byHand) tradeByHand(tick, label, this.#options.faults, exchange)
      for (const order of exchange.core.account(accountLabel(label)).openOrders) {
        if (this.#random.chance(FILLS)) exchange.core.fill(order, this.#portion())
      }
    }
    if (scenario.feed === 'silent') return
    // look-ups tell nobody that a fill was taken back, so a forwarder that missed it cannot make up for it
    if (scenario.feed !== 'forwarders') for (const order of this.#filled) this.#correct(tick, order)
    this.#publish(tick)
  }

  /** Of what has just filled: told at once, by the broker's id alone. False when it is not open. */
  fillNow(orderId: string): boolean {
    const { exchange, scenario, kernel } = this.#options
    const orders = scenario.accounts.map((label) =>
      exchange.core.account(accountLabel(label)).orders.get(orderId),
    )
    const order = orders.find((one) => one !== undefined)
    if (order === undefined || this.#isStill || !exchange.core.fill(order)) return false
    const told = exchange.core.state.updates.after(this.#published).filter(isAbout(orderId))
    for (const update of told) {
      this.#told.add(update.sequence)
      const id = `at-once-${update.sequence}`
      kernel.after(this.#random.below(100), () =>
        this.#send(update.account, id, withoutClientOrderId(update)),
      )
    }
    return true
  }

  /** A fill is taken back, or was of another quantity: half of it is left. */
  #correct(tick: number, order: ExchangeOrder): void {
    const { faults, exchange, kernel } = this.#options
    const fault = faults.at(`fill ${tick} ${order.id}`, ['fill_busted', 'fill_corrected'], CORRECTION_WEIGHT)
    if (fault === null) return
    kernel.after(this.#random.below(30_000), () => {
      const isBust = fault === 'fill_busted'
      exchange.correctFill(order, isBust ? ZERO : div(order.quantity, TWO))
      const seq = CORRECTIONS_FROM + order.fills
      const data = { event: isBust ? 'trade_bust' : 'trade_correct', order: wireOrder(order) }
      const at = formatInstant(asEpochMs(kernel.now))
      const body = JSON.stringify({
        channel: 'trade_updates',
        symbol: order.symbol,
        seq,
        event_ts: at,
        payload: { ...data, timestamp: at, execution_id: `${order.id} ${fault}` },
        account_label: order.account,
      })
      this.#send(order.account, `${fault}-${order.id}`, body)
    })
  }

  /** How much of an order fills at once. */
  #portion(): FillTerms {
    const { feed } = this.#options.scenario
    const comesInParts = feed === 'forwarders' || feed === 'topic'
    return comesInParts && this.#parts.chance(IN_PARTS) ? { portion: HALF } : {}
  }

  /** Nothing fills where orders are to stay open. */
  get #isStill(): boolean {
    const { special } = this.#options.scenario
    return special?.kind === 'crowd' || (special?.kind === 'night' && this.#tick >= special.tick)
  }

  get #filled(): readonly ExchangeOrder[] {
    const { exchange, scenario } = this.#options
    const orders = scenario.accounts.flatMap((label) => exchange.orders(accountLabel(label)))
    return orders.filter(({ id, status }) => status === 'filled' && !exchange.corrected.has(id))
  }

  #publish(tick: number): void {
    const { kernel, faults, exchange, way } = this.#options
    const kinds = way.mayLose ? UPDATE_FAULTS : UPDATE_FAULTS.slice(0, 2)
    const updates = exchange.core.state.updates.after(this.#published)
    this.#published += updates.length
    for (const update of updates) {
      if (this.#told.has(update.sequence)) continue
      const place = `update ${tick} ${update.sequence}`
      const fault = faults.at(place, kinds)
      if (fault === 'update_lost') continue
      const delay = fault === 'update_reordered' ? this.#random.below(90_000) : this.#random.below(200)
      const send = (id: string): void => this.#send(update.account, id, feedMessage(update, 'v2'))
      kernel.after(delay, () => send(`update-${update.sequence}`))
      if (fault === 'update_duplicated') {
        kernel.after(delay + this.#random.below(60_000), () => send(`again-${update.sequence}`))
      }
    }
  }

  #send(account: string, id: string, body: string): void {
    this.#options.way.send(account, id, body)
  }
}

function isAbout(orderId: string): (update: TradeUpdate) => boolean {
  return ({ message }) => message.data.order.id === orderId
}

/** As producers tell of orders that they know by the broker's id. */
function withoutClientOrderId(update: TradeUpdate): string {
  const { data } = update.message
  const { client_order_id: _, ...order } = data.order
  const message = { ...update.message, data: { ...data, order: order as typeof data.order } }
  return feedMessage({ ...update, message }, 'v2')
}
