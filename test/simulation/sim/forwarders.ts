/**
 * Forwarders of trade updates, two for each account (docs/forwarder.md): processes that run until they are killed, told to
 * end or refused, and that something starts anew. Their requests meet faults like all others.
 */
import { openAlpacaBroker } from '../../../lib/adapters/alpaca/alpaca-broker.ts'
import { DynamoForwarderLease } from '../../../lib/adapters/dynamodb/forwarder-lease.ts'
import { dynamoStores } from '../../../lib/adapters/dynamodb/stores.ts'
import { ItemTable } from '../../../lib/adapters/dynamodb/table/item-table.ts'
import { SqsFifoQueue } from '../../../lib/adapters/sqs/fifo-queue.ts'
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { BrokerCredentials } from '../../../lib/domain/account.ts'
import { forwardUpdates, type ForwardDeps, SEND_WITHIN_MS } from '../../../lib/operations/forward-updates.ts'
import type { Telemetry } from '../../../lib/ports/telemetry.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Host, Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'
import type { Requests } from './requests.ts'
import type { Services } from './services.ts'
import { timedOut } from './simulated-fault.ts'
import { RETENTION_DAYS, TABLES, UPDATE_QUEUE } from './stage-names.ts'
import type { UpdateStream } from './update-stream.ts'

export interface ForwardersOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly cloud: Cloud
  readonly services: Services
  readonly requests: Requests
  readonly exchange: SimulatedExchange
  readonly stream: UpdateStream
  readonly checker: Checker
  readonly telemetry: Telemetry
  readonly accounts: readonly string[]
  readonly feed: FunctionSpec
}

interface Running {
  readonly account: string
  readonly invocation: Invocation
  readonly end: AbortController
}

const SPARES = [0, 1]
const MINUTE = 60_000
/** Longer than any run. */
const FOR_EVER_MS = 30 * 86_400_000
/** Whoever looks after a process starts another one within this. */
const STARTED_WITHIN_MS = 15_000
/** Few worlds have forwarders, so much happens to them there. */
const WEIGHT = 4
const LONGEST_SILENCE_MS = 30_000
/** How many losses are followed by another one. */
const FLAPS = 0.4
/** What the last minute has brought is told at its end. */
const ABOUT_TO_BE_TOLD_MS = 500
const REFUSALS: ReadonlySet<number> = new Set([401, 403])
const TARGET = { mode: 'paper', baseUrl: 'http://127.0.0.1:1' } as const

export class Forwarders {
  readonly #options: ForwardersOptions
  readonly #random: Stream
  readonly #running = new Set<Running>()
  #isWanted = false

  constructor(options: ForwardersOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'forwarders')
  }

  start(): void {
    this.#isWanted = true
    for (const account of this.#options.accounts) for (const _ of SPARES) this.#startSoon(account, 2000)
  }

  /** None runs any more. */
  stop(): void {
    this.#isWanted = false
    for (const { invocation } of this.#running) this.#options.cloud.kill(invocation)
  }

  /** What the minute beginning at `at` brings. */
  tick(tick: number, at: number): void {
    const { kernel, faults, stream, accounts, cloud, checker } = this.#options
    for (const account of accounts) {
      if (faults.at(`stream ${tick} ${account}`, ['stream_lost'], WEIGHT) !== null) {
        const during = at + this.#random.below(MINUTE)
        const when = this.#random.pick([during, at + MINUTE - this.#random.below(ABOUT_TO_BE_TOLD_MS)])
        const silentMs = this.#random.below(LONGEST_SILENCE_MS)
        const thenMs = this.#random.chance(FLAPS) ? this.#random.below(MINUTE) : undefined
        kernel.at(when, () => stream.lose(account, silentMs, thenMs))
      }
      const fate = faults.at(`fate ${tick} ${account}`, ['forwarder_killed', 'forwarder_stopped'], WEIGHT)
      if (fate === null) continue
      kernel.at(at + this.#random.below(MINUTE), () => {
        const one = this.#random.pick([0, 1])
        const running = [...this.#running].filter((other) => other.account === account)[one]
        if (running === undefined) return
        if (fate === 'forwarder_killed') return cloud.kill(running.invocation)
        checker.forwarders.mayEnd(running.invocation)
        kernel.woke()
        running.end.abort()
      })
    }
  }

  #startSoon(account: string, withinMs: number): void {
    const { kernel } = this.#options
    kernel.after(this.#random.below(withinMs), () => {
      if (this.#isWanted) this.#start(account)
    })
  }

  #start(account: string): void {
    const { cloud } = this.#options
    let running: Running | null = null
    cloud.invoke(
      'forwarder',
      `forwarder:${account}`,
      FOR_EVER_MS,
      (host, invocation) => {
        running = { account, invocation, end: new AbortController() }
        this.#running.add(running)
        return this.#forward(host, running)
      },
      () => {
        if (running !== null) this.#running.delete(running)
        this.#startSoon(account, STARTED_WITHIN_MS)
      },
    )
  }

  /** As `torghut forward` does. */
  async #forward(host: Host, { account, invocation, end }: Running): Promise<void> {
    const { exchange, telemetry } = this.#options
    const keyId = `key-${account}`
    const credentials = { keyId, secret: exchange.secrets.get(keyId) ?? '' }
    const label = accountLabel(account)
    await forwardUpdates(
      { label, enabled: true, target: TARGET, strategies: null },
      credentials,
      {
        ...this.#portsOf(host, invocation),
        openBroker: this.#brokers(host, invocation, credentials),
        telemetry,
      },
      { once: false, stop: end.signal, onState: () => undefined },
    )
  }

  #brokers(host: Host, invocation: Invocation, credentials: BrokerCredentials): ForwardDeps['openBroker'] {
    const { services, checker } = this.#options
    const ask = services.fetch(host)
    const fetch: typeof ask = async (...request) => {
      const response = await ask(...request)
      if (REFUSALS.has(response.status)) checker.forwarders.mayEnd(invocation)
      return response
    }
    return async () => openAlpacaBroker({ target: TARGET, credentials, fetch, timeoutMs: 0 })
  }

  #portsOf(host: Host, invocation: Invocation): Omit<ForwardDeps, 'openBroker' | 'telemetry'> {
    const { services, stream, requests, cloud, feed } = this.#options
    const client = services.dynamo(host)
    let begun = 0
    const queue = new SqsFifoQueue(services.sqs(host, SEND_WITHIN_MS), UPDATE_QUEUE, async (milliseconds) => {
      await requests.pause(invocation, milliseconds)
      if (host.clock.monotonic() - begun > SEND_WITHIN_MS) timedOut()
    })
    return {
      lease: new DynamoForwarderLease(new ItemTable(client, TABLES.state)),
      streams: stream.of(invocation),
      queue: {
        send: async (messages) => {
          begun = host.clock.monotonic()
          try {
            return await queue.send(messages)
          } finally {
            cloud.pump(feed)
          }
        },
      },
      executions: dynamoStores(client, TABLES, host.clock, RETENTION_DAYS).executions,
      clock: host.clock,
      pause: (milliseconds, until) => this.#pause(invocation, milliseconds, until),
      owner: invocation.name,
    }
  }

  #pause(invocation: Invocation, milliseconds: number, until: AbortSignal): Promise<void> {
    const { kernel } = this.#options
    return new Promise((resolve) => {
      let isOver = false
      const wake = (): void => {
        if (isOver || !invocation.alive) return
        isOver = true
        until.removeEventListener('abort', soon)
        kernel.woke()
        resolve()
      }
      const soon = (): void => kernel.after(0, wake)
      kernel.after(until.aborted ? 0 : milliseconds, wake)
      until.addEventListener('abort', soon, { once: true })
    })
  }
}
