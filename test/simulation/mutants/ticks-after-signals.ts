/** Mutants of ticks after signals: who asks, who waits, and what such a tick sees. */
import type { Mutant } from './mutant.ts'

const RUN = 'lib/lanes/run-lane.ts'
const CYCLE = 'lib/lanes/run-cycle.ts'
const WHOM = 'lib/lanes/tick-after-signals.ts'
const NOTES = 'lib/adapters/dynamodb/waiting-ticks.ts'
const CONDITIONS = 'lib/adapters/dynamodb/table/conditions.ts'
const TESTS = ['test/scenario/ticks-after-signals.test.ts']
const NOTE_TESTS = ['test/contract/waiting-ticks.test.ts']

export const signalTickMutants: readonly Mutant[] = [
  {
    name: 'the-log-is-read-before-it-shows-the-signal',
    file: CYCLE,
    search: 'const isAfterSignals = message.upTo !== null',
    replace: 'const isAfterSignals = message.upTo === null && false',
    breaks: 'a tick that comes at once does not see what it came for',
    invariant: 'cursor-forward',
    looks: [{ seeds: 10, profile: 'afterSignals' }],
    tests: TESTS,
  },
  {
    name: 'idle-below-its-position',
    file: RUN,
    search: 'if (upTo === null || upTo.source !== source || upTo.position <= cursor) return null',
    replace: 'if (upTo === null || upTo.source !== source || upTo.position > -1) return null',
    breaks: 'a tick that does not see its signal says that there is nothing to do',
    invariant: 'cursor-forward',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'it-is-read-again-for-ever',
    file: RUN,
    search: 'if (pause === undefined) return toldOf(behind, message, deps)',
    replace: 'if (pause === undefined) again.push(200)\n      void toldOf',
    breaks: 'a lane whose log was cut short reads until it is killed',
    invariant: 'faults-stay-local',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'a-tick-that-has-begun-still-waits',
    file: RUN,
    search: 'Promise.all([reading, deps.waitingTicks.begun(account.label, upTo)])',
    replace: 'Promise.all([reading])',
    breaks: 'what is appended within a minute after a tick waits for the schedule',
    invariant: 'cursor-forward',
    looks: [{ seeds: 40, profile: 'afterSignals' }],
  },
  {
    name: 'the-note-is-taken-away-after-reading',
    file: RUN,
    search: `    const lane = await readAsItBegins(message, deps)
    try {
      outcome = await runFrom(lane, message, deps)
    } finally {`,
    replace: `    const lane = await readOrCreateLane(message, deps)
    try {
      outcome = await runFrom(lane, message, deps)
    } finally {
      const { upTo } = message
      if (upTo !== null) await deps.waitingTicks.begun(message.account.label, upTo)`,
    breaks: 'what is appended between the last read and the note waits for the schedule',
    invariant: 'cursor-forward',
    looks: [{ seeds: 150, profile: 'afterSignals' }],
    tests: TESTS,
  },
  {
    name: 'many-ticks-wait',
    file: CONDITIONS,
    search: '(waits = :no AND #position < :position)',
    replace: '(waits <> :no OR #position < :position)',
    breaks: 'each append queues a tick while the lane is busy',
    invariant: 'request-budget',
    looks: [{ seeds: 60, profile: 'afterSignalsLate' }],
    tests: NOTE_TESTS,
  },
  {
    name: 'a-note-is-for-ever',
    file: CONDITIONS,
    search: 'attribute_not_exists(pk) OR noted_at < :old OR noted_at > :ahead OR',
    replace: 'attribute_not_exists(pk) OR (noted_at < :old AND noted_at > :ahead) OR',
    breaks: 'after one lost tick the schedule alone ticks the account, for good',
    invariant: 'cursor-forward',
    looks: [{ seeds: 60, profile: 'afterSignalsLate' }],
    tests: NOTE_TESTS,
  },
  {
    name: 'a-note-from-the-future-counts',
    file: CONDITIONS,
    search: ' OR noted_at > :ahead OR',
    replace: ' OR (noted_at > :ahead AND noted_at < :old) OR',
    breaks: 'a clock that was ahead by a day keeps ticks away for a day',
    invariant: 'cursor-forward',
    looks: [],
    tests: NOTE_TESTS,
  },
  {
    name: 'any-tick-takes-the-note-away',
    file: NOTES,
    search: 'change, positionIs(position))',
    replace: "change, { expression: 'attribute_exists(pk)' })",
    breaks: 'a tick that is delivered twice makes room for a second one that waits',
    invariant: 'request-budget',
    looks: [],
    tests: NOTE_TESTS,
  },
  {
    name: 'two-appends-are-one-tick',
    file: WHOM,
    search: 'const id = `${ofTick}#${after.upTo.source}#${after.upTo.position}`',
    replace: 'const id = `${ofTick}#${after.upTo.source}`',
    breaks: 'the queue drops the second tick of a minute',
    invariant: 'cursor-forward',
    looks: [{ seeds: 40, profile: 'afterSignals' }],
  },
  {
    name: 'ids-may-be-too-long',
    file: WHOM,
    search: 'return id.length <= LONGEST_ID ? id : sha256Hex(id)',
    replace: 'return id.length <= 10 * LONGEST_ID ? id : sha256Hex(id)',
    breaks: 'the queue refuses the ticks of accounts and sources with long names',
    invariant: 'faults-stay-local',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'one-note-that-fails-stops-all-ticks',
    file: WHOM,
    search: 'if (!(error instanceof TorghutError)) throw error',
    replace: 'if (error instanceof Error) throw error',
    breaks: "one account's note costs every other account its tick",
    invariant: 'faults-stay-local',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'signals-of-any-source-tick',
    file: WHOM,
    search: "if (upTo.source !== signalSource || (by === 'ingest' && !tickOnSignal)) return []",
    replace: "if (by === 'ingest' && !tickOnSignal) return []\n  void signalSource",
    breaks: 'lanes are ticked for signals that they never read',
    invariant: 'request-budget',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'the-flag-is-not-asked',
    file: WHOM,
    search: "if (upTo.source !== signalSource || (by === 'ingest' && !tickOnSignal)) return []",
    replace: "if (upTo.source !== signalSource || (by === '' && !tickOnSignal)) return []",
    breaks: 'lanes are ticked after signals though that is switched off',
    invariant: 'request-budget',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'what-came-again-asks-for-nothing',
    file: 'lib/signals/ingest-message.ts',
    search: "|| (outcome.kind === 'duplicate' && redelivered)",
    replace: "|| (outcome.kind === 'duplicate' && redelivered && index < 0)",
    breaks: 'an ingest that died between its append and its tick leaves the signal to the schedule',
    invariant: 'cursor-forward',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'the-first-of-the-signals-is-named',
    file: 'lib/signals/stored-positions.ts',
    search: 'Math.max(position, this.#last.get(source) ?? 0)',
    replace: 'Math.min(position, this.#last.get(source) ?? position)',
    breaks: 'the note names less than was appended',
    invariant: 'cursor-forward',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'an-ask-that-fails-fails-the-message',
    file: 'lib/signals/stored-positions.ts',
    search: "telemetry.record(\n        'warn',",
    replace: "if (error instanceof Error) throw error\n      telemetry.record(\n        'warn',",
    breaks: 'signals that are stored come again and again, since the dispatcher cannot be reached',
    invariant: 'faults-stay-local',
    looks: [],
    tests: TESTS,
  },
  {
    name: 'the-tick-does-not-say-what-it-came-for',
    file: 'lib/lanes/dispatch.ts',
    search: 'upTo: after?.upTo ?? null,',
    replace: 'upTo: null,',
    breaks: 'the lane reads the log before it shows the signal, and the note stays',
    invariant: 'cursor-forward',
    looks: [{ seeds: 40, profile: 'afterSignals' }],
    tests: TESTS,
  },
]
