/**
 * Processes that run until they are killed, told to end or refused, and that something starts anew: of each group two, one of
 * them a spare.
 */
import type { Cloud } from './cloud.ts'
import type { FaultSource, SceneFault } from './faults.ts'
import type { Host, Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import type { Stream } from './random.ts'

export interface LongProcessesOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly cloud: Cloud
  readonly random: Stream
  /** What runs. */
  readonly name: string
  readonly groups: readonly string[]
  /** Told before a process is told to end. */
  readonly onStop: (invocation: Invocation) => void
  readonly run: (host: Host, running: RunningProcess) => Promise<void>
}

export interface RunningProcess {
  readonly group: string
  readonly invocation: Invocation
  readonly end: AbortController
}

/** What the minutes of a run bring beside its functions. */
export interface Companion {
  start(): void
  /** None of its processes runs any more. */
  stop(): void
  /** What the minute beginning at `at` brings. */
  tick(tick: number, at: number): void
}

/** What such processes meet. */
export type ProcessFaults = Readonly<Record<'lost' | 'killed' | 'stopped', SceneFault>>

const MINUTE = 60_000
/** Few worlds have such processes, so much happens to them there. */
const WEIGHT = 4
const LONGEST_SILENCE_MS = 30_000
/** How many losses are followed by another one. */
const FLAPS = 0.4
/** What the last minute has brought is told at its end. */
const ABOUT_TO_BE_TOLD_MS = 500
const SPARES = [0, 1]
/** Longer than any run. */
const FOR_EVER_MS = 30 * 86_400_000
/** Whoever looks after a process starts another one within this. */
const STARTED_WITHIN_MS = 15_000

export class LongProcesses {
  readonly #options: LongProcessesOptions
  readonly #running = new Set<RunningProcess>()
  #isWanted = false

  constructor(options: LongProcessesOptions) {
    this.#options = options
  }

  start(): void {
    this.#isWanted = true
    for (const group of this.#options.groups) for (const _ of SPARES) this.#startSoon(group, 2000)
  }

  /** None runs any more. */
  stop(): void {
    this.#isWanted = false
    for (const { invocation } of this.#running) this.#options.cloud.kill(invocation)
  }

  /**
   * What the minute beginning at `at` brings.
   * @param lose the stream of a group, for so long, and once more when it comes back
   */
  tick(
    tick: number,
    at: number,
    kinds: ProcessFaults,
    lose: (group: string, milliseconds: number, thenMs?: number) => void,
  ): void {
    const { kernel, faults, groups, random } = this.#options
    for (const group of groups) {
      if (faults.at(`stream ${tick} ${group}`, [kinds.lost], WEIGHT) !== null) {
        const during = at + random.below(MINUTE)
        const when = random.pick([during, at + MINUTE - random.below(ABOUT_TO_BE_TOLD_MS)])
        const silentMs = random.below(LONGEST_SILENCE_MS)
        const thenMs = random.chance(FLAPS) ? random.below(MINUTE) : undefined
        kernel.at(when, () => lose(group, silentMs, thenMs))
      }
      const fate = faults.at(`fate ${tick} ${group}`, [kinds.killed, kinds.stopped], WEIGHT)
      if (fate === null) continue
      const when = at + random.below(MINUTE)
      kernel.at(when, () => this.#endOne(group, fate === kinds.killed))
    }
  }

  /** Waits as such a process does: at most until the signal is given. */
  pause(invocation: Invocation, milliseconds: number, until: AbortSignal): Promise<void> {
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

  #endOne(group: string, isKilled: boolean): void {
    const { kernel, cloud, random, onStop } = this.#options
    const one = random.pick([0, 1])
    const running = [...this.#running].filter((other) => other.group === group)[one]
    if (running === undefined) return
    if (isKilled) return cloud.kill(running.invocation)
    onStop(running.invocation)
    kernel.woke()
    running.end.abort()
  }

  #startSoon(group: string, withinMs: number): void {
    const { kernel, random } = this.#options
    kernel.after(random.below(withinMs), () => {
      if (this.#isWanted) this.#start(group)
    })
  }

  #start(group: string): void {
    const { cloud, name, run } = this.#options
    let running: RunningProcess | null = null
    cloud.invoke(
      name,
      `${name}:${group}`,
      FOR_EVER_MS,
      (host, invocation) => {
        running = { group, invocation, end: new AbortController() }
        this.#running.add(running)
        return run(host, running)
      },
      () => {
        if (running !== null) this.#running.delete(running)
        this.#startSoon(group, STARTED_WITHIN_MS)
      },
    )
  }
}
