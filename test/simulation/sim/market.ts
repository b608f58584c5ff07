/** What the market does between ticks: orders fill, and what happened to them is published on the order feed. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import { feedMessage } from '../../../lib/exchange/wire-order.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'
import type { Scenario } from './scenario.ts'

export interface MarketOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly exchange: SimulatedExchange
  readonly scenario: Scenario
  readonly seed: number
  readonly feed: FunctionSpec
  readonly cloud: Cloud
}

const FILLS = 0.6

export class Market {
  readonly #options: MarketOptions
  readonly #random: Stream
  #published = 0

  constructor(options: MarketOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'market')
  }

  trade(tick: number): void {
    const { exchange, scenario } = this.#options
    for (const label of scenario.accounts) {
      for (const order of exchange.core.account(accountLabel(label)).openOrders) {
        if (this.#random.chance(FILLS)) exchange.core.fill(order)
      }
    }
    this.#publish(tick)
  }

  #publish(tick: number): void {
    const { kernel, faults, exchange, feed, cloud } = this.#options
    const updates = exchange.core.state.updates.slice(this.#published)
    this.#published += updates.length
    for (const update of updates) {
      const place = `update ${tick} ${update.sequence}`
      const fault = faults.at(place, ['update_duplicated', 'update_reordered', 'update_lost'])
      if (fault === 'update_lost') continue
      const delay = fault === 'update_reordered' ? this.#random.below(90_000) : this.#random.below(200)
      const send = (id: string): void => {
        feed.queue.send(update.account, id, feedMessage(update, 'v2'), kernel.now)
        cloud.pump(feed)
      }
      kernel.after(delay, () => send(`update-${update.sequence}`))
      if (fault === 'update_duplicated') {
        kernel.after(delay + this.#random.below(60_000), () => send(`again-${update.sequence}`))
      }
    }
  }
}
