/**
 * Interleaves several invocations: each of their state and broker calls waits here until the scheduler lets
 * it go, in an order drawn from a seed, with simulated time passing in between. An invocation may be killed at
 * any call: then it simply never goes on, as a process that died.
 */
import type { EpochMs } from '../../../lib/domain/time.ts'
import type { HandClock } from '../hand-clock.ts'
import type { Random } from './random.ts'

interface Waiting {
  readonly invocation: Invocation
  readonly go: () => void
}

/** One run of the code under test; all its calls pass through `step`. */
export interface Invocation {
  readonly name: string
  readonly deadline: EpochMs
  alive: boolean
}

export interface SchedulerOptions {
  readonly killProbability: number
  readonly maxPauseMs: number
}

export class Scheduler {
  readonly clock: HandClock
  readonly #random: Random
  options: SchedulerOptions
  #waiting: Waiting[] = []
  onTime: () => void = () => {}
  onDeath: (invocation: Invocation, cause: string) => void = () => {}

  constructor(clock: HandClock, random: Random, options: SchedulerOptions) {
    this.clock = clock
    this.#random = random
    this.options = options
  }

  /** Waits for the invocation's next turn; never returns if it is killed. */
  step(invocation: Invocation): Promise<void> {
    return new Promise((resolve) => {
      if (invocation.alive) this.#waiting.push({ invocation, go: resolve })
    })
  }

  start(invocation: Invocation, work: () => Promise<unknown>, failed: (error: unknown) => void): void {
    void work()
      .catch(failed)
      .finally(() => {
        invocation.alive = false
      })
  }

  /** Lets waiting calls go, one at a time in drawn order, until nothing waits any more. */
  async drain(): Promise<void> {
    for (;;) {
      await settleMicrotasks()
      const index = this.#random.below(this.#waiting.length)
      const [next] = this.#waiting.splice(index, 1)
      if (next === undefined) return
      this.clock.advance(this.#random.below(this.options.maxPauseMs))
      this.onTime()
      const { invocation } = next
      // A handler never outlives its invocation's deadline.
      const late = this.clock.now() >= invocation.deadline
      if (late) this.#kill(invocation, 'it has reached its deadline')
      else if (this.#random.chance(this.options.killProbability)) this.#kill(invocation, 'killed')
      if (invocation.alive) next.go()
    }
  }

  #kill(invocation: Invocation, cause: string): void {
    if (invocation.alive) this.onDeath(invocation, cause)
    invocation.alive = false
    this.#waiting = this.#waiting.filter((waiting) => waiting.invocation !== invocation)
  }
}

/** Gives every promise chain that can go on the time to reach its next call. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** The same port, with a step of the scheduler before and after every asynchronous call. */
export function interleaved<Port extends object>(
  port: Port,
  scheduler: Scheduler,
  invocation: Invocation,
): Port {
  return new Proxy(port, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver)
      if (typeof member !== 'function') return member
      return (...inputs: unknown[]): unknown => {
        if (SYNCHRONOUS.has(String(key))) return Reflect.apply(member, target, inputs)
        return (async () => {
          await scheduler.step(invocation)
          const answer: unknown = await Reflect.apply(member, target, inputs)
          await scheduler.step(invocation)
          return answer
        })()
      }
    },
  })
}

const SYNCHRONOUS: ReadonlySet<string> = new Set(['fits', 'target'])
