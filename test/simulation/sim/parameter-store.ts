/**
 * Parameter Store: parameters with their past, a rate limit shared by everything in the AWS account, and a client that
 * takes the commands which the adapters send.
 */
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  type Parameter,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import type { ServiceRequest } from '../../support/simulated-dynamodb/client.ts'
import { simulatedFault } from './simulated-fault.ts'

interface Version {
  readonly at: number
  readonly value: string
}

/** Requests a second that Parameter Store takes without higher throughput. */
const REQUESTS_PER_SECOND = 40
const PAGE = 10

export class ParameterStore {
  /** Requests that were refused for being too many. */
  throttledRequests = 0
  readonly #versions = new Map<string, Version[]>()
  readonly #perSecond: number
  #tokens: number
  #refilledAt = 0

  constructor(perSecond = REQUESTS_PER_SECOND) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
  }

  put(name: string, value: string, at: number): number {
    const versions = this.#versions.get(name) ?? []
    versions.push({ at, value })
    this.#versions.set(name, versions)
    return versions.length
  }

  get(name: string): Parameter | null {
    const versions = this.#versions.get(name)
    const last = versions?.at(-1)
    return versions === undefined || last === undefined
      ? null
      : { Name: name, Value: last.value, Version: versions.length }
  }

  under(path: string): readonly Parameter[] {
    const names = [...this.#versions.keys()].filter((name) => name.startsWith(`${path}/`)).sort()
    return names.flatMap((name) => this.get(name) ?? [])
  }

  /** Its values, oldest first. */
  history(name: string): readonly Version[] {
    return this.#versions.get(name) ?? []
  }

  /** @throws the service's error when there were too many requests in this second. */
  admit(now: number): void {
    const refill = ((now - this.#refilledAt) / 1000) * this.#perSecond
    this.#tokens = Math.min(this.#perSecond, this.#tokens + refill) - 1
    this.#refilledAt = now
    if (this.#tokens >= 0) return
    this.#tokens += 1
    this.throttledRequests += 1
    tooManyRequests()
  }
}

export function tooManyRequests(): never {
  const error = new Error('Rate exceeded')
  throw simulatedFault(Object.assign(error, { name: 'ThrottlingException', $fault: 'client' }))
}

export type SsmCarrier = <Answer>(request: Omit<ServiceRequest<Answer>, 'mayBeStale'>) => Promise<Answer>

export class SimulatedSsmClient {
  readonly #store: ParameterStore
  readonly #carry: SsmCarrier

  constructor(store: ParameterStore, carry: SsmCarrier) {
    this.#store = store
    this.#carry = carry
  }

  /** As the type that the adapters ask for; they call `send` alone. */
  asClient(): SSMClient {
    return this as unknown as SSMClient
  }

  // eslint-disable-next-line typescript/require-await
  async send(command: unknown): Promise<unknown> {
    if (command instanceof GetParametersCommand) {
      const { Names = [] } = command.input
      if (Names.length > PAGE) throw new Error('at most 10 names')
      return this.#request('GetParameters', Names.join(' '), false, () => {
        const Parameters = Names.flatMap((name) => this.#store.get(name) ?? [])
        return { Parameters, InvalidParameters: Names.filter((name) => this.#store.get(name) === null) }
      })
    }
    if (command instanceof GetParametersByPathCommand) {
      const { Path = '', NextToken } = command.input
      const start = Number(NextToken ?? 0)
      return this.#request('GetParametersByPath', `${Path} ${start}`, false, () => {
        const all = this.#store.under(Path)
        const Parameters = all.slice(start, start + PAGE)
        return start + PAGE < all.length ? { Parameters, NextToken: String(start + PAGE) } : { Parameters }
      })
    }
    if (command instanceof GetParameterCommand) {
      const { Name = '' } = command.input
      return this.#request('GetParameter', Name, false, () => {
        const found = this.#store.get(Name)
        if (found === null) throw new ParameterNotFound({ message: Name, $metadata: {} })
        return { Parameter: found }
      })
    }
    if (command instanceof PutParameterCommand) {
      const { Name = '', Value = '' } = command.input
      return this.#request('PutParameter', Name, true, (now) => ({
        Version: this.#store.put(Name, Value, now),
      }))
    }
    throw new Error(`the simulated Parameter Store does not know ${(command as object).constructor.name}`)
  }

  #request<Answer>(
    operation: string,
    subject: string,
    isWrite: boolean,
    perform: (now: number) => Answer,
  ): Promise<Answer> {
    return this.#carry({
      operation,
      subject,
      isWrite,
      perform: (now) => {
        this.#store.admit(now)
        return perform(now)
      },
    })
  }
}
