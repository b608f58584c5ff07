/**
 * The simulator itself: some of its seeds keep every invariant, one seed gives one digest, and what it finds is not
 * found by chance. `npm run sim` runs many more.
 */
import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { DEFECTS, INVARIANTS, MUTANTS } from './mutants/all.ts'
import { enumerationJobs, POISONED_SCENARIO, runJob } from './sim/enumerate.ts'
import type { PlacedFault } from './sim/faults.ts'
import { unknownOf } from './sim/known-defects.ts'
import { OwedSignals } from './sim/owed-signals.ts'
import { runSeed } from './sim/run.ts'
import { drawScenario } from './sim/scenario.ts'
import { scenarioOf, specially } from './sim/special.ts'
import { SignalLogView } from './sim/signal-log-view.ts'
import { KILL_SWITCH } from './sim/stage-names.ts'

const SEEDS = Number(process.env['TORGHUT_SIMULATION_SEEDS'] ?? 100)
/** Few, so that a machine that is busy runs them well within the time of a test. */
const PER_TEST = 5
const starts = Array.from({ length: Math.ceil(SEEDS / PER_TEST) }, (_, index) => index * PER_TEST)

describe('the simulator', () => {
  it.each(starts)('finds no violation (5 seeds from %i)', async (start) => {
    for (let seed = start; seed < start + PER_TEST; seed += 1) {
      const { violations } = await runSeed(seed)
      expect(unknownOf(violations), `seed ${seed}: npm run sim -- --seed ${seed}`).toEqual([])
    }
  })

  it('gives one digest for one seed', async () => {
    const runs = [await runSeed(7), await runSeed(8), await runSeed(7)]
    const [first, other, again] = runs.map(({ digest }) => digest)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  it('repeats a run from the faults that happened in it', async () => {
    const drawn = await runSeed(3)
    expect(drawn.faults.length).toBeGreaterThan(0)
    const placed = await runSeed(3, { faults: drawn.faults })
    expect(placed.digest).toBe(drawn.digest)
  })

  it('lets what runs all the time rest while days pass, and go on after them', async () => {
    const scenario = { ...drawScenario(1), closesAtTick: null, restoreToTick: null, retentionAtTick: 4 }
    const { places, violations } = await runSeed(1, {
      scenario: { ...scenario, feed: 'forwarders' },
      faults: [],
      places: true,
    })
    const forwarded = places.filter(({ place }) => place.startsWith('forwarder:'))
    // a lease of 15 seconds is renewed, or asked for, every 5: thousands of times a day by each
    expect(forwarded.length).toBeLessThan(4000)
    const [, lives] = /\.(\d+)#/.exec(forwarded.at(-1)?.place ?? '') ?? []
    expect({ begunAgain: Number(lives) > 2, found: unknownOf(violations) }).toEqual({
      begunAgain: true,
      found: [],
    })
  })

  it('finds no violation under single faults, one of every 60 places and kinds', async () => {
    const jobs = (await enumerationJobs()).filter((_, index) => index % 60 === 0)
    expect(jobs.length).toBeGreaterThan(20)
    for (const job of jobs) {
      for await (const { violations } of runJob({ ...job, pairs: false })) {
        expect({ first: job.first, found: unknownOf(violations) }).toEqual({ first: job.first, found: [] })
      }
    }
  })
})

describe('special worlds', () => {
  const kinds = [
    { kind: 'withdrawn', what: 'an account that is taken out of use' },
    { kind: 'night', what: 'hours outside the trading window' },
    { kind: 'off_beat', what: 'a schedule of another beat' },
    { kind: 'crowd', what: 'more work than one invocation can do' },
    { kind: 'hanging', what: 'a broker that does not answer' },
    { kind: 'signal_ticks', what: 'ticks as soon as signals are appended' },
    { kind: 'market_data', what: 'signals that the stage makes of bars' },
    { kind: 'expiring', what: 'a reservation that was given up, and expires while signals come' },
    { kind: 'bar_windows', what: 'bars that come in windows which overlap' },
    { kind: 'unreadable_cap', what: 'a cap of an earlier release that cannot be read' },
  ] as const

  it.each(kinds)('keep every invariant: $what', async ({ kind }) => {
    const seeds = kind === 'crowd' ? [1] : [1, 2, 3, 4]
    for (const seed of seeds) {
      const { violations } = await runSeed(seed, { scenario: specially(seed, drawScenario(seed), kind) })
      expect({ seed, found: unknownOf(violations) }).toEqual({ seed, found: [] })
    }
  })

  it('are drawn for some of the seeds', () => {
    const drawn = new Set(Array.from({ length: 400 }, (_, seed) => scenarioOf(seed).special?.kind))
    expect([...drawn]).toEqual(expect.arrayContaining([...kinds.map(({ kind }) => kind), 'troubled_restore']))
  })
})

describe('a lane that another run halts', () => {
  const faults: readonly PlacedFault[] = [
    { place: 'outage 0', kind: 'broker_outage' },
    { place: 'operator 0', kind: 'operator_kill_on' },
    { place: 'tick 0', kind: 'tick_duplicated' },
    { place: 'lane torghut-sim-lane.fifo-1 1', kind: 'delivered_twice' },
    { place: 'lane torghut-sim-lane.fifo-2 1', kind: 'delivered_twice' },
    { place: 'tick 1', kind: 'tick_duplicated' },
    { place: 'large 2', kind: 'record_too_large' },
    { place: 'ingest torghut-sim-signals.fifo-4 1', kind: 'delivered_twice' },
    { place: 'process lane 26', kind: 'new_process' },
    { place: 'lane:alpha.5#11', kind: 'answer_lost' },
    { place: 'lane torghut-sim-lane.fifo-10 1', kind: 'delivered_twice' },
    { place: 'foreign tg-4f793c505467963cac4cf763d79e03147aecb631', kind: 'foreign_order' },
    { place: 'lane:alpha.7#16', kind: 'never_answered' },
  ]

  it('sends nothing by the run that had begun before (seed 10851)', async () => {
    const { violations, trace } = await runSeed(10851, { faults, trace: true })
    expect(trace.some((line) => line.includes('alpha.8 halted'))).toBe(true)
    expect(violations).toEqual([])
  })
})

describe("somebody else's order under the id of one that was denied", () => {
  it('may rest over a night that begins before any lane has seen it (seed 110)', async () => {
    const { violations, trace } = await runSeed(110, { trace: true })
    expect(violations).toEqual([])
    const id = 'tg-7de09ec8e66a996695cf23b2875d18f7d63874f0'
    expect(trace.some((line) => line.includes('side_mismatch') && line.includes(id))).toBe(true)
  })
})

describe('an order whose cycle record has expired', () => {
  const lateAndKilled = [
    { place: 'outage 0', kind: 'broker_outage' },
    { place: 'outage 2', kind: 'broker_outage' },
    { place: 'deploy 3', kind: 'deploy' },
    { place: 'lane:alpha.5#17', kind: 'killed_before' },
    { place: 'lane:alpha.6#18', kind: 'never_answered' },
  ] as const
  const lostAndUnanswered = [
    { place: 'deploy 0', kind: 'deploy' },
    { place: 'outage 1', kind: 'broker_outage' },
    { place: 'lane:alpha.4#10', kind: 'answer_lost' },
    { place: 'lane:alpha.5#5', kind: 'never_answered' },
  ] as const

  it.each([
    { seed: 5156, retentionAtTick: 5, faults: lateAndKilled },
    { seed: 5188, retentionAtTick: 4, faults: lostAndUnanswered },
  ])('is settled within four ticks (seed $seed)', async ({ seed, retentionAtTick, faults }) => {
    const drawn = drawScenario(seed)
    const scenario = { ...drawn, closesAtTick: null, restoreToTick: null, retentionAtTick }
    expect((await runSeed(seed, { scenario, faults })).violations).toEqual([])
  })
})

describe('a restore of the tables', () => {
  const restored = (seed: number, kind: 'troubled_restore' | 'warm_restore') => ({
    ...drawScenario(seed),
    closesAtTick: null,
    retentionAtTick: null,
    restoreToTick: 3,
    special: { kind } as const,
  })

  it.each([1, 2, 3])('may meet faults while lanes catch up (seed %i)', async (seed) => {
    const { violations } = await runSeed(seed, { scenario: restored(seed, 'troubled_restore') })
    expect(violations).toEqual([])
  })

  it('without new processes leaves places of the log empty, and still sends nothing twice (seed 25)', async () => {
    const { violations } = await runSeed(25, { scenario: restored(25, 'warm_restore'), faults: [] })
    expect(violations).toMatchObject([{ invariant: 'signal-log' }])
    expect(violations[0]?.detail).toMatch(/row \d+ was put after row \d+/)
  })

  it('sends nothing twice although somebody else ends an earlier stop in the middle of it', async () => {
    // the flip stops all trading in the last faulty tick, and ends when the operator has already begun
    const faults: readonly PlacedFault[] = [
      { place: 'lane:alpha.4#2', kind: 'killed_before' },
      { place: 'lane:alpha.8#7', kind: 'kill_switch_flip' },
    ]
    const { violations, trace } = await runSeed(2083, { faults, trace: true })
    const begun = trace.findIndex((line) => line.endsWith(' the faults stop'))
    const restored = trace.findIndex((line) => line.includes(' the tables are put back to '))
    const meanwhile = trace.slice(begun, restored).filter((line) => line.includes(` ${KILL_SWITCH} = `))
    expect(meanwhile.map((line) => line.split(' = ')[1])).toEqual(['false', 'true', 'false', 'true'])
    expect(violations).toEqual([])
  })
})

describe('what retention has removed', () => {
  it('is passed in one tick, however few signals a cycle takes (seed 13180)', async () => {
    const faults = [{ place: 'dispatch:19:04.1#2', kind: 'secret_rotated' }] as const
    expect((await runSeed(13180, { faults })).violations).toEqual([])
  })
})

describe('two passes of reconcile at the end', () => {
  it.each([
    { seed: 12520, what: 'an order that nobody has sent, held to be nobody’s after ten minutes' },
    { seed: 18420, what: 'an order that was not at the broker, looked up once more after ten minutes' },
    { seed: 17835, what: 'what retention has removed of an order that waited for a word on it' },
  ])('find what time alone has brought before them: $what (seed $seed)', async ({ seed }) => {
    expect((await runSeed(seed)).violations).toEqual([])
  })
})

describe('a stage that feeds itself', () => {
  it('knows no less of a series for a read of the log that comes back after another one failed (seed 15143)', async () => {
    const faults = [
      { place: 'streamer:alpaca-iex.1#12', kind: 'frozen' },
      { place: 'streamer:alpaca-iex.1#13', kind: 'throttled' },
    ] as const
    expect((await runSeed(15143, { faults })).violations).toEqual([])
  })
})

describe('signals whose messages outlive what the log remembers', () => {
  const neverStored = [
    { place: 'ingest:ta.2#2', kind: 'answer_lost' },
    { place: 'ingest:ta.3#5', kind: 'lands_late' },
    { place: 'ingest:ta.4#6', kind: 'answer_lost' },
  ] as const
  const storedAndNotAcknowledged = [
    { place: 'ingest:ta.3#1', kind: 'frozen' },
    { place: 'ingest:ta.4#7', kind: 'lands_late' },
    { place: 'ingest:ta.7#1', kind: 'killed_after' },
    { place: 'ingest:ta.8#2', kind: 'killed_after' },
    { place: 'ingest:ta.9#17', kind: 'killed_after' },
  ] as const

  it.each([
    {
      seed: 3938,
      what: 'a dead letter that was never stored, and its signal sent again',
      faults: neverStored,
    },
    { seed: 3192, what: 'a dead letter whose row has expired', faults: storedAndNotAcknowledged },
  ])('are stored once: $what (seed $seed)', async ({ seed, faults }) => {
    expect((await runSeed(seed, { faults })).violations).toEqual([])
    expect((await runSeed(seed)).violations).toEqual([])
  })

  it('are not those that can be no signal, and wait while the tables are put back (seed 16638)', async () => {
    expect((await runSeed(16638)).violations).toEqual([])
  })

  const row = (seq: number, position: number, expires: number) => ({
    seq: { N: String(seq) },
    position: { N: String(position) },
    expires_at: { N: String(expires) },
    source: { S: 'ta' },
    signal_id: { S: `signal-${seq}` },
  })
  /** Two signals are sent, and the first is stored until the tenth second. */
  function firstOfTwo() {
    const [owed, log] = [new OwedSignals(), new SignalLogView()]
    for (const seq of [1, 2]) owed.sent(JSON.stringify({ seq }))
    expect([...owed.judgeRow('signals', row(1, 1, 10)), ...log.wrote('signals', row(1, 1, 10), 0)]).toEqual(
      [],
    )
    return { owed, log }
  }

  it('are missed while they are not stored, before and after the log forgets', () => {
    const { owed, log } = firstOfTwo()
    const missed = [['signal-log', 'signals were sent and are not stored: 2']]
    expect(owed.judgeLog(log)).toEqual(missed)
    log.forgetExpired(20_000)
    owed.forgotten([JSON.stringify({ seq: 2 })])
    expect(owed.judgeLog(log)).toEqual(missed)
    expect(log.wrote('signals', row(2, 2, 30), 20_000)).toEqual([])
    expect(owed.judgeLog(log)).toEqual([])
  })

  it('are not to be stored again when no message of theirs was left', () => {
    const { owed, log } = firstOfTwo()
    log.forgetExpired(20_000)
    owed.forgotten([JSON.stringify({ seq: 2 })])
    expect(owed.judgeRow('signals', row(1, 2, 30))).toEqual([
      ['signal-log', 'signal 1 was stored and nobody had sent it'],
    ])
    owed.sent(JSON.stringify({ seq: 1 }))
    expect(owed.judgeRow('signals', row(1, 2, 30))).toEqual([])
    expect(owed.judgeLog(log)).toEqual([['signal-log', 'signals were sent and are not stored: 2,1']])
  })

  it('leave one place empty at the most', () => {
    const twoFurther = firstOfTwo().log
    expect(twoFurther.wrote('signals', row(2, 3, 30), 5000)).toHaveLength(1)
    expect(firstOfTwo().log.wrote('signals', row(2, 3, 30), 20_000)).toEqual([])
    expect(firstOfTwo().log.wrote('signals', row(2, 4, 30), 20_000)).toHaveLength(1)
  })
})

describe('one poisoned account beside 49 healthy ones', () => {
  it.each([1, 2, 3])('costs none of them a cycle (seed %i)', async (seed) => {
    const { violations, counts } = await runSeed(seed, { scenario: POISONED_SCENARIO, faults: [] })
    expect(violations).toEqual([])
    const { accounts, signals } = POISONED_SCENARIO
    expect(counts).toMatchObject({ orderCycles: accounts.length * signals.length, failedCycles: 0 })
  })
})

describe('the mutants', () => {
  const textOf = (file: string) => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8')
  const all = [...MUTANTS.map((mutant) => ({ ...mutant, edits: [mutant] })), ...DEFECTS]

  it.each(all)('$name stands in the code exactly once', ({ edits }) => {
    const missed = edits.filter(({ file, search }) => textOf(file).split(search).length !== 2)
    expect(missed).toEqual([])
  })

  it('are 120 at least, three for each invariant, and no two of one name', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(120)
    const noticed = MUTANTS.filter(({ survives }) => survives === undefined)
    const ofEach = INVARIANTS.map((name) => noticed.filter(({ invariant }) => invariant === name).length)
    expect(Math.min(...ofEach)).toBeGreaterThanOrEqual(3)
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  })
})
