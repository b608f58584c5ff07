/**
 * How a request of an invocation travels: to the service, takes effect there, and its answer comes back - unless a
 * fault meets it. Every request of the simulation passes here, and the simulated code waits nowhere else.
 */
import type { FaultSource, RequestFault } from './faults.ts'
import { kindsOf, type WORLD_FAULTS } from './faults.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'
import type { Place, Request } from './request.ts'
import { systemError, timedOut } from './simulated-fault.ts'

export interface RequestsOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  /** A fault of WORLD_FAULTS happens. */
  onWorldFault(kind: (typeof WORLD_FAULTS)[number], place: string, invocation: Invocation): void
  kill(invocation: Invocation): void
  /** Whether whoever sends it dies before it does, whatever is drawn. */
  kills(request: Request<unknown>, place: string): boolean
  /** Of every request to the store, there and back. */
  readonly storeDelayMs: () => number
  /** Told of every place at which a fault could happen. */
  onPlace(place: Place): void
}

/** A promise of its own each time: a shared one would keep all that ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => undefined)
}
/** A frozen process is thawed after at most this. */
const LONGEST_FREEZE_MS = 90_000
/** A request that was given up may still take effect for so long. */
const LONGEST_LANDING_MS = 4000
const LONGEST_STALENESS_MS = 3000

export class Requests {
  readonly #options: RequestsOptions

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  send<Answer>(invocation: Invocation, request: Request<Answer>): Promise<Answer> {
    if (!invocation.alive) return never()
    const { kernel, faults } = this.#options
    invocation.requests += 1
    const place = `${invocation.name}#${invocation.requests}`
    const slow = request.service === 'dynamodb' ? this.#options.storeDelayMs() : 0
    const there = 1 + slow + invocation.random.below(12)
    const back = 1 + slow + invocation.random.below(12)
    invocation.count(request.service, request.operation, request.subject)
    if (this.#options.kills(request, place)) {
      invocation.faults.push({ service: request.service, fault: 'killed_before' })
      this.#options.kill(invocation)
      return never()
    }
    const kinds = kindsOf(request.faults)
    this.#options.onPlace({ place, kinds, isWrite: request.isWrite })
    const fault = faults.at(place, kinds, request.weight)
    const line = `${place} ${request.service} ${request.operation} ${request.subject}`
    if (fault === null && request.hangs?.() === true) {
      invocation.hung = true
      kernel.trace.add(`${kernel.now} ${line} ! hangs`)
      return this.#answer(invocation, request.timeoutMs, timedOut)
    }
    if (fault === null) {
      return this.#travel(invocation, request, line, { there, back })
    }
    invocation.faults.push({ service: request.service, fault })
    kernel.trace.add(`${kernel.now} ${line} ! ${fault}`)
    return this.#disturbed(invocation, request, line, { there, back }, fault, place)
  }

  /** Waits, as code of the invocation does between two tries. */
  pause(invocation: Invocation, milliseconds: number): Promise<void> {
    return this.#answer(invocation, milliseconds, () => undefined)
  }

  #disturbed<Answer>(
    invocation: Invocation,
    request: Request<Answer>,
    line: string,
    { there, back }: Journey,
    fault: RequestFault,
    place: string,
  ): Promise<Answer> {
    const { kernel, seed } = this.#options
    const draw = streamOf(seed, `${place} ${fault}`)
    const { timeoutMs } = request
    switch (fault) {
      case 'fails_before':
        return this.#answer(invocation, there + back, () => {
          throw systemError('ECONNRESET')
        })
      case 'throttled':
        return this.#answer(invocation, there + back, () => request.throttled())
      case 'never_answered':
        return this.#answer(invocation, timeoutMs, timedOut)
      case 'answer_lost':
        this.#effect(request, line, there)
        return this.#answer(invocation, timeoutMs, timedOut)
      case 'lands_late':
        this.#effect(request, line, draw.below(latestLanding(invocation, kernel.now, timeoutMs)))
        return this.#answer(invocation, timeoutMs, timedOut)
      case 'slow':
        return this.#travel(invocation, request, line, {
          there: there + draw.below(timeoutMs * 0.45),
          back: back + draw.below(timeoutMs * 0.45),
        })
      case 'killed_before':
        this.#options.kill(invocation)
        return never()
      case 'killed_after':
        this.#effect(request, line, there)
        this.#options.kill(invocation)
        return never()
      case 'frozen': {
        const frozenMs = draw.below(LONGEST_FREEZE_MS)
        return this.#travel(invocation, request, line, { there, back: back + frozenMs, frozenMs })
      }
      case 'repeated':
        this.#effect(request, line, there)
        return this.#travel(invocation, request, line, { there: there + draw.below(2000), back })
      case 'stale':
        return this.#travel(invocation, request, line, {
          there,
          back,
          staleMs: draw.below(LONGEST_STALENESS_MS),
        })
      case 'kill_switch_flip':
      case 'flag_flip':
      case 'secret_rotated':
      case 'clock_jump':
        kernel.after(draw.below(there + back), () => {
          this.#options.onWorldFault(fault, place, invocation)
        })
        return this.#travel(invocation, request, line, { there, back })
      case 'partial_batch':
      case 'broker_500':
      case 'broker_500_after':
      case 'broker_malformed_after':
      case 'broker_gateway_page':
      case 'broker_refuses':
      case 'broker_422':
      case 'flag_gone':
      case 'flag_garbled':
      case 'data_500':
      case 'data_half':
      case 'data_gateway_page':
      case 'data_wrong_type':
      case 'data_paged':
        return this.#special(invocation, request, line, { there, back }, fault, draw)
      default:
        return fault satisfies never
    }
  }

  #special<Answer>(
    invocation: Invocation,
    request: Request<Answer>,
    line: string,
    { there, back }: Journey,
    fault: RequestFault,
    draw: Stream,
  ): Promise<Answer> {
    const special = request.special?.(fault, draw)
    if (special === undefined) throw new Error(`${request.service} knows no fault ${fault}`)
    const { kernel } = this.#options
    let performed: Answer | null = null
    if (special.takesEffect) {
      kernel.after(there, () => {
        const outcome = this.#performed(request, line, 0)
        performed = outcome.failed ? null : outcome.answer
      })
    }
    return this.#answer(invocation, there + back, () => special.give(performed))
  }

  #travel<Answer>(
    invocation: Invocation,
    request: Request<Answer>,
    line: string,
    { there, back, staleMs = 0, frozenMs = 0 }: Journey,
  ): Promise<Answer> {
    const { kernel } = this.#options
    return new Promise<Answer>((resolve, reject) => {
      kernel.after(there, () => {
        const outcome = this.#performed(request, line, staleMs)
        kernel.after(back, () => {
          if (!invocation.alive) return
          if (frozenMs > 0) invocation.host.wasFrozen(frozenMs)
          kernel.woke()
          if (outcome.failed) {
            invocation.countRefusal(request.operation)
            reject(outcome.error)
          } else resolve(outcome.answer)
        })
      })
    })
  }

  /** Takes effect, and nobody hears of it. */
  #effect<Answer>(request: Request<Answer>, line: string, delay: number): void {
    this.#options.kernel.after(delay, () => void this.#performed(request, line, 0))
  }

  #performed<Answer>(request: Request<Answer>, line: string, staleMs: number): Outcome<Answer> {
    const { kernel } = this.#options
    const asOf = staleMs === 0 ? Infinity : kernel.now - staleMs
    kernel.trace.add(`${kernel.now} ${line}`)
    try {
      return { failed: false, answer: request.perform(kernel.now, asOf) }
    } catch (error) {
      kernel.trace.add(`  = ${(error as Error).name}`)
      return { failed: true, error: error as Error }
    }
  }

  #answer<Answer>(invocation: Invocation, delay: number, give: () => Answer): Promise<Answer> {
    const { kernel } = this.#options
    return new Promise<Answer>((resolve, reject) => {
      kernel.after(delay, () => {
        if (!invocation.alive) return
        kernel.woke()
        try {
          resolve(give())
        } catch (error) {
          reject(error)
        }
      })
    })
  }
}

interface Journey {
  readonly there: number
  readonly back: number
  readonly staleMs?: number
  readonly frozenMs?: number
}

type Outcome<Answer> =
  { readonly failed: false; readonly answer: Answer } | { readonly failed: true; readonly error: Error }

/** No request outlives its invocation's deadline by more than this; the claims' margin is longer. */
const LANDS_AFTER_DEADLINE_MS = 5000

function latestLanding({ deadline }: Invocation, now: number, timeoutMs: number): number {
  return Math.min(timeoutMs + LONGEST_LANDING_MS, deadline + LANDS_AFTER_DEADLINE_MS - now)
}
