/**
 * The simulation's only scheduler: virtual time, and events in the order of (time, seeded tie). What is simulated
 * waits for nothing else, so a run is a function of its seed.
 */
import { Digest } from './digest.ts'
import { type Stream, streamOf } from './random.ts'

interface Event {
  readonly at: number
  readonly tie: number
  readonly run: () => void
}

export class Kernel {
  /** True time, in milliseconds since the epoch; hosts have clocks of their own. */
  now: number
  readonly trace = new Digest()
  readonly #ties: Stream
  readonly #heap: Event[] = []
  #woken = false

  constructor(seed: number, start: number) {
    this.now = start
    this.#ties = streamOf(seed, 'ties')
  }

  /** Runs at a time, or as soon as it can be if that is past. */
  at(time: number, run: () => void): void {
    push(this.#heap, { at: Math.max(time, this.now), tie: this.#ties.next(), run })
  }

  after(delay: number, run: () => void): void {
    this.at(this.now + delay, run)
  }

  /** To be called by an event that lets code of the product go on. */
  woke(): void {
    this.#woken = true
  }

  /** Runs all events up to a time, the code that each of them wakes included. */
  async runUntil(time: number): Promise<void> {
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > time) break
      pop(this.#heap)
      this.now = next.at
      next.run()
      if (!this.#woken) continue
      this.#woken = false
      await settled()
    }
    this.now = Math.max(this.now, time)
  }
}

/** Until every promise that can go on has gone on: Node takes what waits for its next tick when no promise is left. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

function before(left: Event, right: Event): boolean {
  return left.at < right.at || (left.at === right.at && left.tie < right.tie)
}

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !before(event, parent)) break
    heap[index] = parent
    index = above
  }
  heap[index] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    let smallest = heap[child]
    const right = heap[child + 1]
    if (smallest === undefined) break
    if (right !== undefined && before(right, smallest)) {
      smallest = right
      child += 1
    }
    if (!before(smallest, last)) break
    heap[index] = smallest
    index = child
  }
  heap[index] = last
}
