/** Mutants of the producer of bars: what it asks, what it stores, what its signals are made of. */
import type { Look, Mutant } from './mutant.ts'

const LOG = 'lib/producer/series-log.ts'
const PROGRESS = 'lib/series/progress.ts'
const APPEND = 'lib/signals/append.ts'
const JUDGE = 'lib/series/judge-bars.ts'
const RULES = ['test/scenario/market-data.test.ts']
const MINUTES_END = ['test/scenario/minutes-end.test.ts']
/** Random schedules of runs, kills and bars. */
const SCHEDULES = ['test/scenario/market-data-properties.test.ts']
const OVERLAPPING = ['test/scenario/overlapping-producers.test.ts']
const FOLD = ['test/unit/indicator-fold.test.ts']

const LOOKS: readonly Look[] = [
  { seeds: 40, profile: 'selfFed' },
  { seeds: 60, profile: 'selfFedTroubled' },
]

const aMutant = (mutant: Omit<Mutant, 'invariant'>): Mutant => ({
  looks: LOOKS,
  ...mutant,
  invariant: 'equal-plans',
})

export const marketDataMutants: readonly Mutant[] = [
  aMutant({
    name: 'a-signal-takes-any-position',
    file: APPEND,
    search: "if (only !== null && marker.position > only) return { kind: 'overtaken' }",
    replace: 'if (only !== null && marker.position > only) only = marker.position',
    breaks: 'a signal is stored that was made without the bars that another producer had stored below it',
    tests: OVERLAPPING,
  }),
  aMutant({
    name: 'an-overtaken-bar-is-not-judged-again',
    file: 'lib/producer/append-bars.ts',
    search: ' || this.#isStored(one)',
    replace: '',
    breaks: 'a bar that another producer has stored is counted as its own, or tried for ever',
    tests: OVERLAPPING,
  }),
  aMutant({
    name: 'a-fold-of-another-version-goes-on',
    file: 'lib/series/fold-content.ts',
    search: 'stored.version === version ? parseJson(stored.content) : null',
    replace: 'parseJson(stored.content)',
    breaks: 'indicators go on from what another version of them knew',
    tests: ['test/unit/fold-content.test.ts'],
  }),
  aMutant({
    name: 'what-was-appended-since-is-not-folded',
    file: LOG,
    search: 'progress: foldStored(stored, since, wanted, context)',
    replace: 'progress: stored',
    breaks: 'after a kill between append and state the next signal lacks a bar',
    tests: SCHEDULES,
  }),
  aMutant({
    name: 'a-stored-fold-is-overwritten-by-an-earlier-one',
    file: 'lib/adapters/dynamodb/fold-store.ts',
    search: 'from === null ? NOT_STORED : positionIs(from)',
    replace: 'from === null ? NOT_STORED : { expression: "attribute_exists(pk)" }',
    breaks: 'a producer that stood still takes the fold back behind the log',
    tests: ['test/contract/fold-store.test.ts'],
  }),
  aMutant({
    name: 'a-correction-counts-with-every-run',
    file: JUDGE,
    search: 'told = toldAfter(told, now, timeframe)',
    replace: '',
    breaks: 'a bar that is told otherwise counts as news with every run',
    looks: [],
    tests: RULES,
  }),
  aMutant({
    name: 'a-late-bar-is-stored',
    file: JUDGE,
    search: 'if (progress === null || one.endedAt > progress.lastEnd) {',
    replace: 'if (progress === null || !told.some(({ endedAt }) => endedAt === one.endedAt)) {',
    breaks: 'a bar that comes late stands behind a later one in the log',
    looks: [],
    tests: [...RULES, ...SCHEDULES],
    survives:
      'The appender passes by what is not later than the last of its series; only the count of late bars differs.',
  }),
  aMutant({
    name: 'a-break-is-not-marked',
    file: PROGRESS,
    search: 'const before = broken === null ? progress : null',
    replace: 'const before = progress',
    breaks: 'indicators fall with the price on the day of a split',
    tests: RULES,
  }),
  aMutant({
    name: 'a-break-in-the-log-is-not-seen',
    file: PROGRESS,
    search: 'breakOf(signal)',
    replace: 'null',
    breaks: 'who begins from the log goes on across a split where the first producer began anew',
    tests: SCHEDULES,
  }),
  aMutant({
    name: 'history-reaches-across-a-break',
    file: 'lib/strategy/history.ts',
    search: 'if (breakOf(signal) !== null || this.#isBroken(known, end - count, end)) return null',
    replace: '',
    breaks: 'a plugin compares prices of before a split with those of after it',
    looks: [],
    tests: ['test/unit/history.test.ts'],
  }),
  aMutant({
    name: 'a-bar-that-is-not-closed-is-stored',
    file: 'lib/series/closed-bars.ts',
    search: 'return knownAt !== undefined && knownAt <= now ? end : null',
    replace: 'return end',
    breaks: 'a signal is made of a part of a minute, or of a day before its last trade',
    tests: RULES,
  }),
  aMutant({
    name: 'a-refused-symbol-ends-all',
    file: 'lib/producer/bar-reader.ts',
    search: "} else if (trouble.kind === 'refused' && ABOUT_SYMBOLS.has(trouble.status)) {",
    replace: "} else if (trouble.kind === 'refused' && trouble.status === 0) {",
    breaks: 'one symbol that nobody knows costs all others their bars',
    tests: RULES,
  }),
  aMutant({
    name: 'a-failing-indicator-ends-all',
    file: 'lib/producer/append-bars.ts',
    search: 'if (!(error instanceof ConfigurationError)) throw error',
    replace: 'throw error',
    breaks: 'an indicator that fails on one symbol costs all others their signals',
    looks: [],
    tests: RULES,
  }),
  aMutant({
    name: 'the-fold-shares-its-state',
    file: 'lib/market/indicator-fold.ts',
    search: 'state === null ? newState() : copyOf(state)',
    replace: 'state === null ? newState() : (state as IndicatorState)',
    breaks: 'a bar that is judged twice is folded twice',
    tests: FOLD,
  }),
  aMutant({
    name: 'the-returns-are-not-taken-up',
    file: 'lib/market/indicator-fold.ts',
    search: 'this.#squaredReturns = closes',
    replace: 'this.#squaredReturns = ([] as number[])',
    breaks: 'the realised volatility is missing for an hour after each new process',
    looks: [],
    tests: FOLD,
  }),
  aMutant({
    name: 'what-was-told-of-a-bar-before-it-closed-is-stored',
    file: 'lib/producer/produce-bars.ts',
    search: 'newBars(due, read, this.#log, calendar, askedAt)',
    replace: 'newBars(due, read, this.#log, calendar, clock.now())',
    breaks: 'a signal is made of a part of a minute that ends while the answer is on its way',
    tests: MINUTES_END,
  }),
  aMutant({
    name: 'a-minute-is-given-up-at-its-end',
    file: 'lib/producer/produce-bars.ts',
    search: ' && !mayComeYet(wanted, moment, calendar, now)',
    replace: '',
    breaks: 'a bar that comes right after a process has asked for it waits for the next minute',
    looks: [],
    tests: MINUTES_END,
  }),
]
