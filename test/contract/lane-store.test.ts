/**
 * Lanes and their cycle records in every kind of state: one version per commit, one plan per version, a halt that
 * no commit loses.
 */
import { describe, expect, it } from 'vitest'
import { StateError } from '../../lib/domain/errors.ts'
import { clientOrderId } from '../../lib/domain/ids.ts'
import { STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { ALPHA, BETA, SOURCE, aCycle, aDecision, aLane, incompressible } from '../support/state-samples.ts'

describe.each(STATE_BACKENDS)('lane store: $name', ({ open }) => {
  const state = freshState(open)
  const lanes = () => state().stores.lanes

  it('has no lane before one is created, and creates it once', async () => {
    expect(await lanes().readLane(ALPHA, SOURCE)).toBeNull()
    expect(await lanes().createLane(aLane({ cursor: 5 }))).toEqual(aLane({ cursor: 5 }))
    expect(await lanes().createLane(aLane({ cursor: 9 }))).toEqual(aLane({ cursor: 5 }))
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(aLane({ cursor: 5 }))
  })

  it('keeps one lane per account and source', async () => {
    await lanes().createLane(aLane({ cursor: 1 }))
    await lanes().createLane(aLane({ cursor: 2, accountLabel: BETA }))
    await lanes().createLane(aLane({ cursor: 3, source: 'other' }))
    expect((await lanes().readLane(ALPHA, SOURCE))?.cursor).toBe(1)
    expect((await lanes().readLane(BETA, SOURCE))?.cursor).toBe(2)
    expect((await lanes().readLane(ALPHA, 'other'))?.cursor).toBe(3)
  })

  it('raises the version by exactly 1 per commit', async () => {
    await lanes().createLane(aLane())
    const first = aLane({ version: 1, cursor: 4, lastTickAt: aCycle().inputs.tickAt })
    expect(await lanes().commit(first)).toEqual({ kind: 'committed' })
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(first)
    expect(await lanes().commit(aLane({ version: 3 }))).toEqual({ kind: 'superseded', current: first })
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(first)
  })

  it('recognises its own commit when it sees it twice, and another one of the same version', async () => {
    await lanes().createLane(aLane())
    const ours = aLane({ version: 1, cursor: 4 })
    await lanes().commit(ours)
    expect(await lanes().commit(ours)).toEqual({ kind: 'committed' })
    expect(await lanes().commit({ ...ours, cursor: 3 })).toEqual({ kind: 'superseded', current: ours })
  })

  it('lets exactly one of several overlapping commits win', async () => {
    await lanes().createLane(aLane())
    const rivals = [1, 2, 3, 4].map((cursor) => aLane({ version: 1, cursor }))
    const outcomes = await Promise.all(rivals.map((lane) => lanes().commit(lane)))
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1)
    const winner = rivals[outcomes.findIndex(({ kind }) => kind === 'committed')]
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(winner)
  })

  it('keeps circuits and cooldowns under any name', async () => {
    const circuits = {
      constructor: { consecutiveErrors: 2, openUntil: aCycle().inputs.tickAt },
      'with space#': { consecutiveErrors: 1, openUntil: null },
    }
    const lane = aLane({ circuits, cooldowns: { 'BTC/USD': aCycle().inputs.tickAt } })
    await lanes().createLane(lane)
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(lane)
    await lanes().commit({ ...lane, version: 1 })
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual({ ...lane, version: 1 })
  })

  it('refuses to commit or halt a lane that was never created', async () => {
    await expect(lanes().commit(aLane({ version: 1 }))).rejects.toThrow(StateError)
    await expect(lanes().halt(ALPHA, SOURCE, 'why')).rejects.toThrow(StateError)
    await expect(lanes().resume(ALPHA, SOURCE)).rejects.toThrow(StateError)
    expect(await lanes().readLane(ALPHA, SOURCE)).toBeNull()
  })

  it('halts a lane at any version, keeps the first reason, and no commit loses it', async () => {
    await lanes().createLane(aLane())
    await lanes().halt(ALPHA, SOURCE, 'order fields differ')
    await lanes().halt(ALPHA, SOURCE, 'another reason')
    const next = aLane({ version: 1, cursor: 2 })
    expect(await lanes().commit(next)).toEqual({ kind: 'committed' })
    expect(await lanes().commit(next)).toEqual({ kind: 'committed' })
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual({ ...next, halted: 'order fields differ' })
  })

  const noted = (revision: number, count: number) => ({
    revision,
    requests: [{ until: aCycle().inputs.tickAt, count }],
    reconciledTo: clientOrderId(aDecision().decisionId),
    asked: { version: 3, timedOut: { b: 7 }, present: { strategyId: 'a', position: 8 } },
    sweptTo: aCycle().inputs.tickAt,
  })

  it('notes beside the versions, once for each revision, and no commit loses it', async () => {
    await lanes().createLane(aLane())
    expect(await lanes().note(ALPHA, SOURCE, noted(1, 40))).toEqual({ kind: 'noted' })
    expect(await lanes().note(ALPHA, SOURCE, noted(1, 40))).toEqual({ kind: 'noted' })
    expect(await lanes().note(ALPHA, SOURCE, noted(1, 7))).toEqual({
      kind: 'overtaken',
      current: noted(1, 40),
    })
    const requests = [{ until: aCycle().inputs.tickAt, count: 3 }]
    const next = aLane({ version: 1, cursor: 2, requests })
    expect(await lanes().commit(next)).toEqual({ kind: 'committed' })
    expect(await lanes().commit(next)).toEqual({ kind: 'committed' })
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual({ ...next, notes: noted(1, 40) })
    expect(await lanes().note(ALPHA, SOURCE, noted(2, 60))).toEqual({ kind: 'noted' })
    // its lane was read before the note
    const later = aLane({ version: 2, cursor: 2, notes: noted(1, 40) })
    expect(await lanes().commit(later)).toEqual({ kind: 'committed' })
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual({ ...later, notes: noted(2, 60) })
    await expect(lanes().note(BETA, SOURCE, noted(1, 1))).rejects.toThrow(StateError)
  })

  it('keeps one of several overlapping notes', async () => {
    await lanes().createLane(aLane())
    const rivals = [1, 2, 3].map((count) => noted(1, count))
    const outcomes = await Promise.all(rivals.map((notes) => lanes().note(ALPHA, SOURCE, notes)))
    expect(outcomes.filter(({ kind }) => kind === 'noted')).toHaveLength(1)
    const winner = rivals[outcomes.findIndex(({ kind }) => kind === 'noted')]
    expect((await lanes().readLane(ALPHA, SOURCE))?.notes).toEqual(winner)
  })

  it('resumes a halted lane, and leaves one that runs as it is', async () => {
    await lanes().createLane(aLane())
    await lanes().halt(ALPHA, SOURCE, 'order fields differ')
    await lanes().resume(ALPHA, SOURCE)
    await lanes().resume(ALPHA, SOURCE)
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(aLane())
  })

  it('stores a halt that comes with a commit', async () => {
    await lanes().createLane(aLane())
    const halted = aLane({ version: 1, halted: 'plan of an unknown schema' })
    await lanes().commit(halted)
    expect(await lanes().readLane(ALPHA, SOURCE)).toEqual(halted)
  })

  it('seals one plan per lane version and hands out the one that is there', async () => {
    const sealed = aCycle()
    expect(await lanes().readCycle(ALPHA, SOURCE, 0)).toBeNull()
    expect(await lanes().sealCycle(sealed)).toEqual({ kind: 'sealed' })
    expect(await lanes().sealCycle(aCycle({}, 'planned anew'))).toEqual({ kind: 'adopted', record: sealed })
    expect(await lanes().readCycle(ALPHA, SOURCE, 0)).toEqual(sealed)
    expect(await lanes().sealCycle(aCycle({ version: 1 }))).toEqual({ kind: 'sealed' })
  })

  it('lists the records of one lane, oldest version first', async () => {
    for (const version of [0, 1, 2]) await lanes().sealCycle(aCycle({ version }))
    await lanes().sealCycle(aCycle({ source: `${SOURCE}#x` }))
    await lanes().sealCycle(aCycle({ accountLabel: BETA }))
    const versions: number[] = []
    for await (const record of lanes().listCycles(ALPHA, SOURCE)) versions.push(record.version)
    expect(versions).toEqual([0, 1, 2])
  })

  it('refuses a record above 64 KB before it writes anything', async () => {
    const small = aCycle({}, incompressible(60_000))
    const large = aCycle({}, incompressible(66_000))
    expect(lanes().fits(small)).toBe(true)
    expect(lanes().fits(large)).toBe(false)
    await expect(lanes().sealCycle(large)).rejects.toThrow(StateError)
    expect(await lanes().readCycle(ALPHA, SOURCE, 0)).toBeNull()
    expect(await lanes().sealCycle(small)).toEqual({ kind: 'sealed' })
  })
})
