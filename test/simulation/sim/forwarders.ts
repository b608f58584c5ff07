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
import { type Companion, LongProcesses, type RunningProcess } from './long-processes.ts'
import { streamOf } from './random.ts'
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

const REFUSALS: ReadonlySet<number> = new Set([401, 403])
const TARGET = { mode: 'paper', baseUrl: 'http://127.0.0.1:1' } as const

export class Forwarders implements Companion {
  readonly #options: ForwardersOptions
  readonly #processes: LongProcesses

  constructor(options: ForwardersOptions) {
    this.#options = options
    this.#processes = new LongProcesses({
      ...options,
      random: streamOf(options.seed, 'forwarders'),
      name: 'forwarder',
      groups: options.accounts,
      onStop: (invocation) => options.checker.forwarders.mayEnd(invocation),
      run: (host, running) => this.#forward(host, running),
    })
  }

  start(): void {
    this.#processes.start()
  }

  stop(): void {
    this.#processes.stop()
  }

  tick(tick: number, at: number): void {
    const { stream } = this.#options
    const kinds = { lost: 'stream_lost', killed: 'forwarder_killed', stopped: 'forwarder_stopped' } as const
    this.#processes.tick(tick, at, kinds, (...lost) => stream.lose(...lost))
  }

  /** As `torghut forward` does. */
  async #forward(host: Host, { group: account, invocation, end }: RunningProcess): Promise<void> {
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
      pause: (milliseconds, until) => this.#processes.pause(invocation, milliseconds, until),
      owner: invocation.name,
    }
  }
}
