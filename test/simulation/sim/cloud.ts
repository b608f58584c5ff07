/**
 * What runs the functions: processes that are kept warm, frozen and thrown away, invocations that end or are killed,
 * and the mappings from queues to functions.
 */
import type { FaultSource } from './faults.ts'
import type { FifoQueue, QueuedMessage } from './fifo-queue.ts'
import { Host, Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'

export interface CloudOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  /** The most that a wall clock is off. */
  readonly skewMs: number
  readonly monotonicStops: boolean
  /** Told of errors that no function should let out. */
  onError(invocation: Invocation, error: unknown): void
  /** Told of an invocation that has not ended by itself when its time is up. */
  onDeadline(invocation: Invocation): void
}

export interface FunctionSpec {
  readonly name: string
  readonly timeoutMs: number
  readonly queue: FifoQueue
  readonly batchSize: number
  /** How long a message waits at most until somebody takes it. */
  readonly pickUpMs: number
  /** Returns the ids of the messages that failed. */
  run(host: Host, invocation: Invocation, messages: readonly QueuedMessage[]): Promise<readonly string[]>
}

const WARM = 0.95
/** There are many deliveries and processes, each of which costs time. */
const TWICE_WEIGHT = 0.5
/** How many of those that are delivered twice are delivered once more. */
const THRICE = 0.3
const FRESH_WEIGHT = 0.3

export class Cloud {
  codeVersion = 1
  readonly invocations: Invocation[] = []
  readonly #options: CloudOptions
  readonly #random: Stream
  readonly #idle = new Map<string, Host[]>()
  readonly #names = new Map<string, number>()
  readonly #pumpAt = new Map<FifoQueue, number>()
  #hosts = 0
  #stopped = false

  constructor(options: CloudOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'cloud')
  }

  /** No function takes messages any more; what runs comes to its end. */
  stop(): void {
    this.#stopped = true
  }

  start(): void {
    this.#stopped = false
  }

  /** A new version of the code: processes that are idle are not used again. */
  deploy(): void {
    this.codeVersion += 1
    this.#idle.clear()
  }

  /** Runs a function once; calls back with whether it ended by itself, without an error. */
  invoke(
    name: string,
    as: string,
    timeoutMs: number,
    run: (host: Host, invocation: Invocation) => Promise<void>,
    done: (ok: boolean) => void,
  ): void {
    const { kernel, seed } = this.#options
    const host = this.#host(name)
    const count = (this.#names.get(as) ?? 0) + 1
    this.#names.set(as, count)
    const invocation = new Invocation(`${as}.${count}`, host, kernel.now, timeoutMs, seed)
    this.invocations.push(invocation)
    kernel.trace.add(`${kernel.now} ${invocation.name} begins on ${host.name} ${host.codeVersion}`)
    host.thaw()
    const finish = (ok: boolean): void => {
      if (!invocation.alive) return
      invocation.alive = false
      invocation.endedAt = kernel.now
      host.current = null
      host.freeze()
      kernel.trace.add(`${kernel.now} ${invocation.name} ends ${ok ? 'well' : 'with an error'}`)
      if (host.codeVersion === `v${this.codeVersion}`) this.#idle.set(name, [...this.#idleOf(name), host])
      done(ok)
    }
    kernel.at(invocation.deadline, () => {
      if (!invocation.alive) return
      this.#options.onDeadline(invocation)
      this.kill(invocation)
    })
    this.#onKilled.set(invocation, () => done(false))
    kernel.woke()
    run(host, invocation).then(
      () => finish(true),
      (error: unknown) => {
        if (!invocation.alive) return
        this.#options.onError(invocation, error)
        finish(false)
      },
    )
  }

  /** Its process is gone; what it waits for never comes. */
  kill(invocation: Invocation): void {
    if (!invocation.alive) return
    invocation.alive = false
    const { kernel } = this.#options
    invocation.endedAt = kernel.now
    kernel.trace.add(`${kernel.now} ${invocation.name} is killed`)
    this.#onKilled.get(invocation)?.()
  }

  readonly #onKilled = new Map<Invocation, () => void>()

  /** Lets the function take what is in its queue, soon. */
  pump(spec: FunctionSpec): void {
    const { kernel } = this.#options
    this.#pumpLater(spec, kernel.now + this.#random.between(1, spec.pickUpMs))
  }

  /** Moves dead letters back. */
  redrive(specs: readonly FunctionSpec[]): void {
    for (const spec of specs) {
      spec.queue.redrive(this.#options.kernel.now)
      this.pump(spec)
    }
  }

  #pumpLater(spec: FunctionSpec, at: number): void {
    const { kernel } = this.#options
    const planned = this.#pumpAt.get(spec.queue)
    if (planned !== undefined && planned > kernel.now && planned <= at) return
    this.#pumpAt.set(spec.queue, at)
    kernel.at(at, () => {
      if (this.#pumpAt.get(spec.queue) === at) this.#pumpAt.delete(spec.queue)
      this.#takeMessages(spec)
    })
  }

  #takeMessages(spec: FunctionSpec): void {
    const { kernel, faults } = this.#options
    if (this.#stopped) return
    for (;;) {
      const messages = spec.queue.receive(spec.batchSize, kernel.now)
      const [first] = messages
      if (first === undefined) break
      this.#deliver(spec, messages)
      const place = `${spec.name} ${first.id} ${first.receives}`
      const again = faults.at(place, ['delivered_twice'], TWICE_WEIGHT)
      if (again === null) continue
      const draw = streamOf(this.#options.seed, place)
      // two runs of one lane differ by some requests, or begin when the other is nearly done
      const delays = Array.from({ length: draw.chance(THRICE) ? 2 : 1 }, () =>
        draw.below(draw.pick([20, 200, 3000])),
      )
      for (const delay of delays) {
        kernel.after(delay, () => this.#deliver(spec, messages.map(deliveredAgain)))
      }
    }
    const next = spec.queue.nextVisibleAt()
    if (next !== null && next > kernel.now) this.#pumpLater(spec, next)
  }

  #deliver(spec: FunctionSpec, messages: readonly QueuedMessage[]): void {
    const receipts = messages.map(({ id, receipt }) => ({ id, receipt }))
    let failed: readonly string[] = []
    this.invoke(
      spec.name,
      `${spec.name}:${messages[0]?.group ?? ''}`,
      spec.timeoutMs,
      async (host, invocation) => {
        failed = await spec.run(host, invocation, messages)
      },
      (ok) => {
        if (ok) for (const { id, receipt } of receipts) if (!failed.includes(id)) spec.queue.delete(receipt)
        this.pump(spec)
      },
    )
  }

  #host(name: string): Host {
    const { kernel, faults, skewMs, monotonicStops } = this.#options
    const idle = this.#idleOf(name)
    const fresh =
      faults.at(`process ${name} ${this.invocations.length}`, ['new_process'], FRESH_WEIGHT) !== null
    if (idle.length > 0 && !fresh && this.#random.chance(WARM)) {
      const host = this.#random.pick(idle)
      this.#idle.set(
        name,
        idle.filter((other) => other !== host),
      )
      return host
    }
    this.#hosts += 1
    const skew = this.#random.between(-skewMs, skewMs)
    return new Host(kernel, `${name}-${this.#hosts}`, `v${this.codeVersion}`, skew, monotonicStops)
  }

  #idleOf(name: string): Host[] {
    return this.#idle.get(name) ?? []
  }
}

/** The same message a second time, while the first delivery is under way. */
function deliveredAgain({ id, group, body, receives, visibleAt }: QueuedMessage): QueuedMessage {
  return { id, group, body, receives: receives + 1, visibleAt, receipt: 'again' }
}
