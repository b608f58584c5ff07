/** The services of the simulated cloud as one process reaches them: clients that take what the adapters send. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { FeatureFlags } from '../../../lib/ports/feature-flags.ts'
import type { Parameter, SSMClient } from '@aws-sdk/client-ssm'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { SimulatedDynamoClient } from '../../support/simulated-dynamodb/client.ts'
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import { brokerRequest } from './broker-requests.ts'
import type { Checks } from './checks.ts'
import { type BrokerAnswer, responseOf, type SimulatedExchange } from './exchange.ts'
import type { FaultSource, RequestFault } from './faults.ts'
import type { FeatureService } from './feature-service.ts'
import type { FifoQueue } from './fifo-queue.ts'
import type { Host, Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type ParameterStore, SimulatedSsmClient, tooManyRequests } from './parameter-store.ts'
import type { Requests } from './requests.ts'
import { SimulatedSqsClient } from './sqs-client.ts'

/** Three attempts of two seconds. */
const DYNAMO_TIMEOUT_MS = 6000
const SSM_TIMEOUT_MS = 1200
const SQS_TIMEOUT_MS = 5000
/** There are few requests to it. */
const SQS_WEIGHT = 4
/** Statuses of answers that say what is so: no such order, or none of that kind. */
const ORDINARY: ReadonlySet<number> = new Set([404, 422])
const LOOK_UP = ':by_client_order_id'
/** There are few look-ups that find anything. */
const MEANWHILE_WEIGHT = 2
const MEANWHILE_MS = 3000
const NO_FAULTS: readonly RequestFault[] = []
const WRITE_FAULTS: readonly RequestFault[] = ['repeated']
const STALE_READ_FAULTS: readonly RequestFault[] = ['stale', 'stale']
const BATCH_FAULTS: readonly RequestFault[] = ['repeated', 'partial_batch', 'partial_batch', 'partial_batch']

export interface ServicesOptions {
  readonly kernel: Kernel
  readonly requests: Requests
  readonly tables: readonly SimulatedTable[]
  readonly parameters: ParameterStore
  readonly exchange: SimulatedExchange
  /** By their deployed names. */
  readonly queues: ReadonlyMap<string, FifoQueue>
  readonly checks: Checks
  readonly faults: FaultSource
  /** Fills an order by the broker's id, and tells of it by that id alone; false when it was not open. */
  readonly fill: (orderId: string) => boolean
  /** How far look-ups at the broker may lag behind. */
  readonly lookupLagMs: number
  /** Null: parameters hold the feature flags. */
  readonly features: FeatureService | null
}

export class Services {
  readonly #options: ServicesOptions

  constructor(options: ServicesOptions) {
    this.#options = options
  }

  dynamo(host: Host): DynamoDBClient {
    const { requests, tables } = this.#options
    const client = new SimulatedDynamoClient(
      tables,
      ({ operation, subject, isWrite, mayBeStale, perform }) => {
        if (mayBeStale) running(host).mayBeStale.push(subject)
        return requests.send(running(host), {
          service: 'dynamodb',
          operation,
          subject,
          isWrite,
          timeoutMs: DYNAMO_TIMEOUT_MS,
          weight: 1,
          faults: isWrite ? WRITE_FAULTS : mayBeStale ? STALE_READ_FAULTS : NO_FAULTS,
          perform,
          throttled: tooManyRequests,
        })
      },
    )
    return client.asClient()
  }

  ssm(host: Host): SSMClient {
    const { requests, parameters, kernel, checks } = this.#options
    const client = new SimulatedSsmClient(parameters, async ({ operation, subject, isWrite, perform }) => {
      const invocation = running(host)
      const begun = kernel.now
      const answer = await requests.send(invocation, {
        service: 'ssm',
        operation,
        subject,
        isWrite,
        timeoutMs: SSM_TIMEOUT_MS,
        weight: 1,
        faults: isWrite ? WRITE_FAULTS : NO_FAULTS,
        perform,
        throttled: tooManyRequests,
      })
      const { Parameters: read } = answer as { readonly Parameters?: readonly Parameter[] }
      if (operation === 'GetParameters') checks.switchWasRead(invocation, read ?? [], begun)
      return answer
    })
    return client.asClient()
  }

  sqs(host: Host, timeoutMs = SQS_TIMEOUT_MS): SQSClient {
    const { requests, queues, kernel, checks } = this.#options
    const client = new SimulatedSqsClient(queues, (request) => {
      const { operation, subject, isWrite, entries, bodies, perform } = request
      const invocation = running(host)
      checks.messagesSent(invocation, bodies)
      return requests.send(invocation, {
        service: 'sqs',
        operation,
        subject,
        isWrite,
        timeoutMs,
        weight: SQS_WEIGHT,
        faults: entries > 0 ? BATCH_FAULTS : NO_FAULTS,
        perform: (now) => perform(now),
        throttled: tooManyRequests,
        special: () => ({ takesEffect: false, give: () => perform(kernel.now, entries >> 1) }),
      })
    })
    return client.asClient()
  }

  /** Null: parameters hold them. */
  features(host: Host): FeatureFlags | null {
    const { features, requests } = this.#options
    return features?.connect(requests, () => running(host)) ?? null
  }

  fetch(host: Host): typeof fetch {
    return async (input, init) => {
      const invocation = running(host)
      // the broker's SDK sends plain objects
      const headers = (init?.headers ?? {}) as Readonly<Record<string, string>>
      const request = {
        method: init?.method ?? 'GET',
        url: new URL(input instanceof Request ? input.url : input),
        keyId: headers['APCA-API-KEY-ID'] ?? '',
        secret: headers['APCA-API-SECRET-KEY'] ?? '',
        body: typeof init?.body === 'string' ? init.body : '',
      }
      const { checks, exchange, kernel, lookupLagMs, requests } = this.#options
      checks.brokerRequestBegins(invocation, request)
      const { answer, ended } = brokerRequest(request, exchange, { now: () => kernel.now, lookupLagMs })
      const given = await requests.send<BrokerAnswer>(invocation, answer)
      ended(given)
      const { status } = given
      if (status >= 400 && !ORDINARY.has(status)) {
        invocation.faults.push({ service: 'broker', fault: `answered ${status}` })
      }
      if (request.url.pathname.endsWith(LOOK_UP) && status === 200)
        await this.#fillMeanwhile(invocation, given)
      return responseOf(given)
    }
  }

  /** An order fills, and the order feed tells of it, while an answer that knows nothing of that is on its way. */
  async #fillMeanwhile(invocation: Invocation, { body }: BrokerAnswer): Promise<void> {
    const { faults, requests, fill } = this.#options
    const place = `meanwhile ${invocation.name}#${invocation.requests}`
    if (!body.startsWith('{"id"') || faults.at(place, ['filled_meanwhile'], MEANWHILE_WEIGHT) === null) return
    const { id } = JSON.parse(body) as { readonly id: string }
    if (fill(id)) await requests.pause(invocation, MEANWHILE_MS)
  }
}

function running(host: Host): Invocation {
  if (host.current === null) throw new Error(`process ${host.name} runs nothing`)
  return host.current
}
