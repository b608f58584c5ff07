/**
 * The signal log's append (docs/architecture.md#signal-log) under every interleaving of small writers, with
 * deaths between any two steps and writes that are seen twice; and under many random ones of larger writers.
 */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { signalId } from '../../lib/domain/ids.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { instant, plusSeconds } from '../../lib/domain/time.ts'
import { aSignal } from '../support/state-samples.ts'
import {
  type Choose,
  type Faults,
  StoredLog,
  Writer,
  type WriterOptions,
  exhaust,
  interleave,
  violations,
} from './signal-log-model.ts'

const START = instant('2010-05-03T13:31:00Z')
const RETENTION = 7
/** Longer than the guard band around a reservation's expiry. */
const HANDED_BACK_SECONDS = 330
const NO_FAULTS: Faults = { kills: 0, repetitions: 0 }
const [A, B, C, D] = [aSignal(1), aSignal(2), aSignal(3), aSignal(4)] as const

/** A schedule drawn at random. */
const choices = fc.infiniteStream(fc.nat()).map(
  (stream): Choose =>
    (options) =>
      Number(stream.next().value) % options,
)

/** Runs the writers, delivers what was not acknowledged again, and checks the log. */
async function deliver(
  log: StoredLog,
  batches: readonly (readonly Signal[])[],
  choose: Choose,
  faults: Faults,
  options: WriterOptions = {},
  /** The first so many of them write runs. */
  runs = 0,
): Promise<void> {
  const writers = batches.map(
    (batch, index) => new Writer(log, batch, RETENTION, { ...options, asRun: index < runs }),
  )
  await interleave(writers, choose, faults)
  expect(violations(log, writers)).toEqual([])

  const again = new Writer(log, batches.flat(), RETENTION)
  await interleave([again], () => 0, NO_FAULTS)
  expect(violations(log, [...writers, again])).toEqual([])
  const stored = new Set([...log.rows.values()].map((row) => row.signalId))
  expect(stored).toEqual(new Set(batches.flat().map(signalId)))
  expect([...log.rows.keys()].sort((left, right) => left - right)).toEqual(
    Array.from({ length: stored.size }, (_, index) => index + 1),
  )
}

describe('appending to a signal log', () => {
  it.each([
    {
      what: 'two signals by two writers',
      batches: [[A], [B]],
      faults: { kills: 1, repetitions: 0, writers: 1 },
    },
    {
      what: 'one signal by two writers',
      batches: [[A], [A]],
      faults: { kills: 1, repetitions: 0, writers: 1 },
    },
    {
      what: 'two signals, an answer lost',
      batches: [[A], [B]],
      faults: { kills: 0, repetitions: 1, writers: 1 },
    },
    {
      what: 'one signal, an answer lost',
      batches: [[A], [A]],
      faults: { kills: 0, repetitions: 1, writers: 1 },
    },
    { what: 'one writer with every fault', batches: [[A, B]], faults: { kills: 1, repetitions: 2 } },
    { what: 'a run, killed', batches: [[A, B, C]], faults: { kills: 1, repetitions: 0 }, runs: 1 },
    { what: 'a run, an answer lost', batches: [[A, B]], faults: { kills: 0, repetitions: 1 }, runs: 1 },
  ])('holds under every interleaving: $what', async ({ batches, faults, runs = 0 }) => {
    // the history's own steps are interleaved below: they make these schedules too many
    const historyAtOnce = batches.length > 1
    const schedules = await exhaust((choose) =>
      deliver(new StoredLog(START), batches, choose, faults, { historyAtOnce }, runs),
    )
    expect(schedules).toBeGreaterThan(10)
  })

  it('holds under random interleavings of runs with each other and with writers', async () => {
    const batches = fc.constantFrom(
      { signals: [[A, B, C], [C]], runs: 1 },
      {
        signals: [
          [B, C],
          [A, C],
        ],
        runs: 1,
      },
      {
        signals: [
          [B, C, D],
          [D, C],
          [A, D],
        ],
        runs: 2,
      },
      { signals: [[A, B, C], [B], [D]], runs: 1 },
      {
        signals: [
          [A, B, C],
          [A, B, C],
        ],
        runs: 2,
      },
      {
        signals: [
          [A, C],
          [B, C],
          [C, D],
        ],
        runs: 2,
      },
    )
    let schedules = 0
    await fc.assert(
      fc.asyncProperty(batches, choices, async ({ signals, runs }, choose) => {
        await deliver(new StoredLog(START), signals, choose, { kills: 2, repetitions: 1 }, {}, runs)
        schedules++
      }),
      { numRuns: 1000 },
    )
    expect(schedules).toBe(1000)
  })

  it.each([
    { who: 'a writer that has rested', before: [A], died: [B, C], after: [C] },
    { who: 'a writer that has rested, with another signal', before: [A], died: [B, C], after: [D] },
    { who: 'a run', before: [], died: [A, C, D], after: [B, D], asRun: true },
  ])(
    'leaves no copy out that a run has not come to write: $who',
    async ({ before, died, after, asRun = false }) => {
      const log = new StoredLog(START)
      const next = new Writer(log, [...before, ...after], RETENTION, { asRun })
      if (before.length > 0) {
        await next.start()
        while (next.outcomes.length < before.length) await next.proceed(false)
      }
      const run = new Writer(log, died, RETENTION, { asRun: true })
      await run.start()
      // its last row but one is there, its last one's position and marker too
      while (log.mark?.position !== 3 || log.markers.size < 3) await run.proceed(false)
      run.die()
      expect([...log.copies.keys()]).toEqual([1])

      await interleave([next], () => 0, NO_FAULTS)
      expect(violations(log, [next])).toEqual([])
      expect([...log.copies.keys()]).toContain(2)
    },
  )

  it('holds under random interleavings of three writers', async () => {
    const batches = fc.constantFrom(
      [[A], [A], [B]],
      [[A, B], [B, A], [C]],
      [[A, B], [C], [A]],
      [[A], [B], [C]],
    )
    let runs = 0
    await fc.assert(
      fc.asyncProperty(batches, choices, async (signals, choose) => {
        await deliver(new StoredLog(START), signals, choose, { kills: 2, repetitions: 1 })
        runs++
      }),
      { numRuns: 1000 },
    )
    expect(runs).toBe(1000)
  })

  it.each([
    { schedules: 'random schedules', seed: undefined },
    // among them one on which another delivery of a signal moves its marker just before its row is put
    { schedules: 'schedules that once failed', seed: 1016561007 },
    { schedules: 'random schedules of runs', seed: undefined, asRun: true },
  ])('never gives a position again, whatever retention has removed: $schedules', async ({ seed, asRun }) => {
    let runs = 0
    const days = fc.constantFrom(3, 6.9, 7, 7.5, 9, 20)
    const options = { asRun: asRun ?? false }
    await fc.assert(
      fc.asyncProperty(choices, days, choices, async (chooseBefore, pause, choose) => {
        const log = new StoredLog(START)
        const before = [new Writer(log, [A, B], RETENTION, options), new Writer(log, [C, A], RETENTION)]
        await interleave(before, chooseBefore, { kills: 2, repetitions: 1 })
        log.now = plusSeconds(START, pause * 86_400)
        log.removeExpired(() => choose(2) === 1)

        const after = [[A], [D, B], [A, C]].map((signals) => new Writer(log, signals, RETENTION, options))
        await interleave(after, choose, { kills: 1, repetitions: 1 })
        // at the very moment of an abandoned reservation's expiry a delivery is handed back, and comes again later
        if (pause === RETENTION) {
          log.now = plusSeconds(log.now, HANDED_BACK_SECONDS)
          for (const writer of after) if (writer.failure instanceof UnavailableError) writer.failure = null
        }
        const again = new Writer(log, [A, B, C, D], RETENTION)
        await interleave([again], () => 0, NO_FAULTS)
        expect(violations(log, [...before, ...after, again])).toEqual([])
        expect(again.outcomes).toHaveLength(4)
        runs++
      }),
      { numRuns: 1500, ...(seed === undefined ? {} : { seed }) },
    )
    expect(runs).toBe(1500)
  })

  it('acts on no abandoned reservation while it expires', async () => {
    let runs = 0
    const secondsBefore = fc.integer({ min: -400, max: 400 })
    await fc.assert(
      fc.asyncProperty(secondsBefore, choices, async (before, choose) => {
        const log = new StoredLog(START)
        // a writer that dies after it has reserved position 1
        const dying = new Writer(log, [A], RETENTION)
        await dying.start()
        while (log.mark === null) await dying.proceed(false)
        log.now = plusSeconds(START, RETENTION * 86_400 - before)
        const writers = [[A], [B], [B, A]].map((signals) => new Writer(log, signals, RETENTION))
        await interleave(writers, choose, NO_FAULTS, () => {
          log.now = plusSeconds(log.now, choose(8))
        })
        expect(rereadAsExpired(log)).toEqual([])
        const stored = [...log.rows.values()].map((row) => row.signalId)
        expect(new Set(stored).size).toBe(stored.length)
        for (const { failure } of writers)
          expect(failure === null || failure instanceof UnavailableError).toBe(true)
        runs++
      }),
      { numRuns: 3000 },
    )
    expect(runs).toBe(3000)
  })
})

/** Rows that were put below one that was there before: whoever read that one took them for expired. */
function rereadAsExpired(log: StoredLog): number[] {
  let highest = 0
  return log.history.flatMap(({ position }) => {
    if (position < highest) return [position]
    highest = position
    return []
  })
}
