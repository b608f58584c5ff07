/** Mutants of what listens to streams: the lease, the watched connection, bars that come live. */
import type { Mutant } from './mutant.ts'

const TESTS = ['test/scenario/stream.test.ts']

export const streamMutants: readonly Mutant[] = [
  {
    name: 'what-a-lost-stream-did-not-tell-counts-as-told',
    file: 'lib/producer/live-bars.ts',
    search: '    this.#breaks += 1\n    this.#kept.clear()',
    replace: '    this.#breaks += 1',
    breaks: 'bars that closed while the stream was lost are missed',
    invariant: 'equal-plans',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'a-bar-that-may-come-yet-counts-as-none',
    file: 'lib/producer/produce-bars.ts',
    search: 'isLast && !isPartial)',
    replace: 'isLast || isPartial)',
    breaks: 'of the bars of a minute the first one is appended at once, and the others a minute later',
    invariant: 'equal-plans',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'nothing-is-asked-for-after-a-connection',
    file: 'lib/operations/stream-bars.ts',
    search: '        live.listening()\n        this.#isBehind = true',
    replace: '        live.listening()',
    breaks: 'what closed before the stream was listened to waits',
    invariant: 'equal-plans',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'a-spare-takes-the-lease',
    file: 'lib/operations/hold-lease.ts',
    search: "return taken.kind === 'ours' ? begun : null",
    replace: "return taken.kind === 'ours' ? begun : begun",
    breaks: 'two processes do what one is to do',
    invariant: 'equal-plans',
    looks: [],
    tests: [...TESTS, 'test/scenario/forwarder-lease.test.ts'],
  },
  {
    name: 'a-refusal-is-tried-for-ever',
    file: 'lib/adapters/alpaca/watched-stream.ts',
    search: 'if (refusal !== undefined) refuse(refusal)',
    replace: 'void refusal',
    breaks: 'a wrong key, or a plan without the feed, is never told',
    invariant: 'faults-stay-local',
    looks: [],
    tests: TESTS,
  },
]
