/**
 * Forwards an account's trade updates to the second topic's queue, as long as the process has the account's lease
 * (docs/forwarder.md).
 *
 * Invariants: nothing is published outside the lease; after every (re)connection what was missed is made up for by look-ups,
 * which begin once the stream is listened to, so that nothing falls between the two; a queue that does not take a message
 * gets it again, in order.
 */
import type { AccountConfig, BrokerCredentials } from '../domain/account.ts'
import { BrokerRefusedError } from '../domain/errors.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import { METRICS } from '../domain/metric-names.ts'
import { asMonotonicMs } from '../domain/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import type { Queue, QueueMessage } from '../ports/queue.ts'
import type { TradeUpdateStreams } from '../ports/trade-update-streams.ts'
import {
  type HeldLease,
  type LeaseDeps,
  type LeasedEnd,
  type LeasedState,
  whileLeased,
} from './hold-lease.ts'
import { forwarded, orderOfUpdate, updateOfOrder } from './forwarded-updates.ts'
import { missedOrders } from './missed-updates.ts'

export interface ForwardDeps extends LeaseDeps {
  readonly streams: TradeUpdateStreams
  readonly queue: Queue
  /** For one round of look-ups: with a request budget of its own. Sends nothing. */
  readonly openBroker: () => Promise<Broker>
  readonly executions: Pick<ExecutionStore, 'listOpen'>
}

export interface ForwardOptions {
  /** End once what was missed is published. */
  readonly once: boolean
  /** Given when the process is to end. */
  readonly stop: AbortSignal
  readonly onState: (state: LeasedState) => void
}

/** How long a request of ours may take; less than what a lease leaves for it. */
export const SEND_WITHIN_MS = 2500
const STEP_MS = 1000
/** Between two rounds of look-ups that did not make up for everything: doubled each time, so that lanes keep their requests. */
const FIRST_REST_MS = 1000
const LONGEST_REST_MS = 30_000
/** Beyond it the stream is given up, and made up for by look-ups. */
const MOST_WAITING = 10_000
/** What one request takes: between two the lease is looked at. */
const PUBLISHED_AT_ONCE = 10
/** Of reads: the keys are none, or none for this account. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403])
/** Something in front of the broker may say so for a moment. */
const REFUSED_AFTER_ROUNDS = 3

export async function forwardUpdates(
  account: AccountConfig,
  credentials: BrokerCredentials,
  deps: ForwardDeps,
  options: ForwardOptions,
): Promise<LeasedEnd> {
  return whileLeased(
    account.label,
    deps,
    { stop: options.stop, onWaiting: () => options.onState('waiting') },
    (lease) => new HeldForwarder(account, credentials, deps, options).run(lease),
  )
}

class HeldForwarder {
  readonly #account: AccountConfig
  readonly #credentials: BrokerCredentials
  readonly #deps: ForwardDeps
  readonly #options: ForwardOptions
  #waiting: QueueMessage[] = []
  /** Of orders that the stream told of and that were not final then. */
  readonly #open = new Set<ClientOrderId>()
  /** Orders that look-ups have said enough of since the last loss. */
  readonly #known = new Set<ClientOrderId>()
  /** Whether updates may have been missed that no look-up has made up for. */
  #isBehind = true
  /** Rises with everything that may have been missed. */
  #misses = 0
  /** Rounds of look-ups that left something open, one after the other, and when the next one is due. */
  #inVain = 0
  #nextRound = asMonotonicMs(-Infinity)
  #isListening = false
  #refused: string | null = null
  #wake = new AbortController()

  constructor(
    account: AccountConfig,
    credentials: BrokerCredentials,
    deps: ForwardDeps,
    options: ForwardOptions,
  ) {
    this.#account = account
    this.#credentials = credentials
    this.#deps = deps
    this.#options = options
  }

  async run(lease: HeldLease): Promise<LeasedEnd | { readonly kind: 'lease_lost' }> {
    const { streams, clock, pause } = this.#deps
    const { stop, once } = this.#options
    this.#options.onState('connecting')
    const stream = streams.open(this.#account.target, this.#credentials, {
      onListening: () => this.#turn('listening'),
      onLost: (reason) => this.#lost(reason),
      onUpdate: (update) => this.#take(update),
      onRefused: (reason) => {
        this.#refused = reason
        this.#wake.abort()
      },
    })
    const end = (): void => this.#wake.abort()
    stop.addEventListener('abort', end)
    try {
      for (;;) {
        if (this.#refused !== null) return { kind: 'refused', reason: this.#refused }
        // who is to end lets the lease run out, so that a queue that takes nothing keeps nobody
        if (!stop.aborted && !(await lease.keep())) return { kind: 'lease_lost' }
        if (this.#isBehind && this.#isListening && clock.monotonic() >= this.#nextRound) await this.#makeUp()
        // look-ups may have taken longer than the lease
        const { isOurs } = lease
        if (isOurs && this.#waiting.length > 0) await this.#publish()
        const isIdle = this.#waiting.length === 0
        if (isIdle && (stop.aborted || (once && !this.#isBehind))) return { kind: 'stopped' }
        if (stop.aborted && !isOurs) return { kind: 'stopped' }
        this.#wake = new AbortController()
        if (isIdle || !isOurs) await pause(STEP_MS, this.#wake.signal)
      }
    } finally {
      stop.removeEventListener('abort', end)
      stream.close()
    }
  }

  #turn(state: LeasedState): void {
    this.#isListening = state === 'listening'
    this.#options.onState(state)
    this.#wake.abort()
  }

  #lost(reason: string): void {
    this.#miss()
    const { telemetry } = this.#deps
    telemetry.count(METRICS.forwarderLost, 1, { account: this.#account.label })
    telemetry.record('warn', 'the stream was lost', { account: this.#account.label, reason })
    this.#turn('lost')
  }

  #take(update: Readonly<Record<string, unknown>>): void {
    const order = orderOfUpdate(update)
    if (order?.isFinal === true) this.#open.delete(order.clientOrderId)
    else if (order !== null) this.#open.add(order.clientOrderId)
    if (this.#waiting.length >= MOST_WAITING) {
      this.#miss()
      return
    }
    this.#waiting.push(forwarded(this.#account.label, update))
    this.#wake.abort()
  }

  #miss(): void {
    this.#isBehind = true
    this.#misses += 1
    this.#known.clear()
    this.#rest(0)
  }

  async #makeUp(): Promise<void> {
    const { label } = this.#account
    const before = this.#misses
    try {
      const { openBroker, executions, telemetry } = this.#deps
      const deps = { broker: await openBroker(), executions }
      const { orders, known, isAll } = await missedOrders(label, this.#open, this.#known, deps)
      for (const order of orders) this.#take(updateOfOrder(order))
      // what was lost meanwhile, or found no room, is to be made up for by the next one
      this.#isBehind = !isAll || this.#misses !== before
      if (this.#misses === before) for (const id of known) this.#known.add(id)
      telemetry.count(METRICS.forwarderMadeUp, orders.length, { account: label })
    } catch (error) {
      // the stream stays connected when its keys are replaced
      const isRefused = error instanceof BrokerRefusedError && REFUSALS.has(error.status)
      if (isRefused && this.#inVain >= REFUSED_AFTER_ROUNDS)
        this.#refused = 'the broker does not take the credentials'
      this.#note(error)
    }
    if (this.#misses === before) this.#rest(this.#isBehind ? this.#inVain + 1 : 0)
  }

  #rest(inVain: number): void {
    this.#inVain = inVain
    const restMs = inVain === 0 ? 0 : Math.min(FIRST_REST_MS * 2 ** (inVain - 1), LONGEST_REST_MS)
    this.#nextRound = asMonotonicMs(this.#deps.clock.monotonic() + restMs)
  }

  async #publish(): Promise<void> {
    const batch = this.#waiting.slice(0, PUBLISHED_AT_ONCE)
    try {
      const { failed } = await this.#deps.queue.send(batch)
      const first =
        failed.length === 0 ? batch.length : batch.findIndex((one) => failed.includes(one.deduplicationId))
      this.#waiting = this.#waiting.slice(first)
      this.#deps.telemetry.count(METRICS.forwarderPublished, first, { account: this.#account.label })
    } catch (error) {
      this.#note(error)
      await this.#deps.pause(STEP_MS, this.#options.stop)
    }
  }

  #note(error: unknown): null {
    this.#deps.telemetry.record('warn', 'tried again', { account: this.#account.label }, error)
    return null
  }
}
