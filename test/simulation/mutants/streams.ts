/** Mutants of what listens to streams: the lease, the watched connection, bars that come live. */
import type { Look, Mutant } from './mutant.ts'

const TESTS = ['test/scenario/stream.test.ts']
const LIVE = ['test/unit/live-bars.test.ts']
const LOOKS: readonly Look[] = [
  { seeds: 40, profile: 'selfFed' },
  { seeds: 60, profile: 'selfFedTroubled' },
]

export const streamMutants: readonly Mutant[] = [
  {
    name: 'what-a-lost-stream-did-not-tell-counts-as-told',
    file: 'lib/producer/live-bars.ts',
    search: '    this.#breaks += 1\n    this.#kept.clear()',
    replace: '    this.#breaks += 1',
    breaks: 'bars that closed while the stream was lost are missed',
    invariant: 'equal-plans',
    looks: LOOKS,
    tests: TESTS,
  },
  {
    name: 'a-bar-that-may-come-yet-counts-as-none',
    file: 'lib/producer/produce-bars.ts',
    search: 'isLast && !isPartial)',
    replace: 'isLast || isPartial)',
    breaks: 'a bar that the stream tells late is appended a minute later',
    invariant: 'equal-plans',
    looks: [],
    tests: ['test/scenario/minutes-end.test.ts'],
  },
  {
    name: 'nothing-is-asked-for-after-a-connection',
    file: 'lib/operations/stream-bars.ts',
    search: '        live.listening()\n        this.#isBehind = true',
    replace: '        live.listening()',
    breaks: 'what closed before the stream was listened to waits',
    invariant: 'equal-plans',
    looks: LOOKS,
    tests: TESTS,
  },
  {
    name: 'a-spare-takes-the-lease',
    file: 'lib/operations/hold-lease.ts',
    search: "return taken.kind === 'ours' ? begun : null",
    replace: "return taken.kind === 'ours' ? begun : begun",
    breaks: 'two processes do what one is to do',
    invariant: 'equal-plans',
    looks: LOOKS,
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
  {
    name: 'what-the-stream-told-unreadably-counts-as-told',
    file: 'lib/operations/stream-bars.ts',
    search: '        live.missed(symbol)\n',
    replace: '',
    breaks: 'a bar that the stream tells so that it cannot be read is missed',
    invariant: 'equal-plans',
    looks: LOOKS,
    tests: TESTS,
  },
  {
    name: 'a-bar-is-kept-as-it-was-under-way',
    file: 'lib/producer/live-bars.ts',
    search: ' || isUnsure(kept, to)',
    replace: '',
    breaks: 'a signal is made of a part of a minute that the source had told before its end',
    invariant: 'equal-plans',
    looks: LOOKS,
    tests: LIVE,
  },
]
