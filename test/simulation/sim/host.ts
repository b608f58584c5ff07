/**
 * Processes and their invocations. A process has clocks of its own (a wall clock that may be off or jump, and a
 * monotonic one that may stand still while the process is frozen); it is frozen between invocations. What belongs to
 * a killed invocation never goes on.
 */
import { asEpochMs, asMonotonicMs } from '../../../lib/domain/time.ts'
import type { Clock } from '../../../lib/ports/clock.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, streamOf } from './random.ts'

export class Host {
  readonly name: string
  readonly codeVersion: string
  /** How far its wall clock is off. */
  skewMs: number
  /** What the code keeps between invocations. */
  readonly kept = new Map<string, unknown>()
  current: Invocation | null = null
  readonly clock: Clock
  readonly #kernel: Kernel
  readonly #bootedAt: number
  readonly #monotonicStops: boolean
  #stoppedMs = 0
  #frozenSince: number | null = null

  constructor(kernel: Kernel, name: string, codeVersion: string, skewMs: number, monotonicStops: boolean) {
    this.name = name
    this.codeVersion = codeVersion
    this.skewMs = skewMs
    this.#kernel = kernel
    this.#bootedAt = kernel.now
    this.#monotonicStops = monotonicStops
    this.clock = {
      now: () => asEpochMs(kernel.now + this.skewMs),
      monotonic: () => asMonotonicMs(kernel.now - this.#bootedAt - this.#stoppedMs),
    }
  }

  freeze(): void {
    this.#frozenSince = this.#kernel.now
  }

  thaw(): void {
    if (this.#frozenSince !== null) this.wasFrozen(this.#kernel.now - this.#frozenSince)
    this.#frozenSince = null
  }

  /** It has just stood still for so long. */
  wasFrozen(milliseconds: number): void {
    if (this.#monotonicStops) this.#stoppedMs += milliseconds
  }
}

export class Invocation {
  readonly name: string
  readonly host: Host
  readonly startedAt: number
  /** When it is ended by force, in true time. */
  readonly deadline: number
  readonly random: Stream
  alive = true
  /** In true time, by itself or by force; only when it is not alive any more. */
  endedAt = Infinity
  /** How many executions its lane listed as unsettled when it began. */
  unsettledBefore = 0
  /** Requests begun so far. */
  requests = 0
  /** Of these, those to the tables and to the broker, readings of the flags by name, and those that were refused. */
  readonly counts = { state: 0, flags: 0, broker: 0, refused: 0 }
  /** What has met its requests. */
  readonly faults: { readonly service: string; readonly fault: string }[] = []
  /** Whether the message that it carries out says that its account is admitted, and that the kill switch is on. */
  admitted = true
  killSwitchOn = false
  /** What it asked for by queries that need not show the latest writes. */
  readonly mayBeStale: string[] = []
  /** Entities for which the feature flag service has told it that the flag is on. */
  readonly featureOn = new Set<string>()
  /** When it last began a reading of the kill switch that said off, by account; in true time. */
  readonly readOffAt = new Map<string, number>()

  constructor(name: string, host: Host, startedAt: number, timeoutMs: number, seed: number) {
    this.name = name
    this.host = host
    this.startedAt = startedAt
    this.deadline = startedAt + timeoutMs
    this.random = streamOf(seed, name)
    host.current = this
  }

  /** Whether the broker has left one of its requests without an answer. */
  hung = false

  /** Whether anything has met one of its requests, or the broker did not do what it was asked for. */
  get disturbed(): boolean {
    return this.faults.length > 0
  }

  count(service: string, operation: string, subject: string): void {
    // the catalog is read once per process, and the roster where the registry stands in it
    if (service === 'dynamodb' && !/^(catalog|accounts)/.test(subject)) this.counts.state += 1
    if (service === 'broker') this.counts.broker += 1
    if (operation === 'GetParameters') this.counts.flags += 1
  }

  /** A reading that was refused has read nothing; whoever repeats it reads once. */
  countRefusal(operation: string): void {
    this.counts.refused += 1
    if (operation === 'GetParameters') this.counts.flags -= 1
  }
}
