/** A request of an invocation to a service, and what can happen to it. */
import type { RequestFault } from './faults.ts'
import type { Stream } from './random.ts'

export interface Request<Answer> {
  readonly service: 'dynamodb' | 'ssm' | 'sqs' | 'lambda' | 'broker' | 'features' | 'market-data'
  readonly operation: string
  readonly subject: string
  /** Whether it changes anything. */
  readonly isWrite: boolean
  /** After this the client gives up. */
  readonly timeoutMs: number
  /** Beyond REQUEST_FAULTS. */
  readonly faults: readonly RequestFault[]
  /** How often a fault meets it, compared with other requests. */
  readonly weight: number
  /** Whether the service does not answer now, whatever is drawn. */
  hangs?(): boolean
  /** Takes effect; `asOf`: what a stale read sees. */
  readonly perform: (now: number, asOf: number) => Answer
  /** The answer, or what the client throws, when too many requests were sent. */
  readonly throttled: () => Answer
  /** What a fault of this service's own does. */
  special?(fault: RequestFault, draw: Stream): SpecialFault<Answer>
}

/** Where a fault can happen, and of which kinds. */
export interface Place {
  readonly place: string
  readonly kinds: readonly RequestFault[]
  readonly isWrite: boolean
}

export interface SpecialFault<Answer> {
  readonly takesEffect: boolean
  give(performed: Answer | null): Answer
}
