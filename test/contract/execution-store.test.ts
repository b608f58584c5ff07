/**
 * Executions in every kind of state: one claim wins, changes only from the revision that was read, pointers and
 * open ones found.
 */
import { describe, expect, it } from 'vitest'
import { StateError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import { instant } from '../../lib/domain/time.ts'
import { STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { ALPHA, BETA, aDecision, anExecution } from '../support/state-samples.ts'

describe.each(STATE_BACKENDS)('execution store: $name', ({ open }) => {
  const state = freshState(open)
  const executions = () => state().stores.executions

  const idsOf = (list: readonly Execution[]) => list.map(({ clientOrderId }) => clientOrderId)

  it('creates an execution once; its own claim seen twice is success', async () => {
    const ours = anExecution()
    const theirs = anExecution({ claim: { ...claimOf(ours), token: 'theirs' } })
    expect(await executions().createExecution(ours)).toEqual({ kind: 'claimed' })
    expect(await executions().createExecution(structuredClone(ours))).toEqual({ kind: 'claimed' })
    expect(await executions().createExecution(theirs)).toEqual({ kind: 'exists', execution: ours })
    expect(await executions().readExecution(ALPHA, ours.clientOrderId)).toEqual(ours)
    expect(await executions().readExecution(BETA, ours.clientOrderId)).toBeNull()
  })

  it('gives one of several overlapping claims the execution', async () => {
    const rivals = ['a', 'b', 'c'].map((token) =>
      anExecution({ claim: { ...claimOf(anExecution()), token } }),
    )
    const outcomes = await Promise.all(rivals.map((rival) => executions().createExecution(rival)))
    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1)
  })

  it('changes an execution only from the revision that was read', async () => {
    const first = anExecution()
    const second: Execution = { ...first, revision: 2, state: 'unknown', note: 'timeout' }
    const rival: Execution = { ...first, revision: 2, state: 'rejected' }
    await executions().createExecution(first)
    expect(await executions().updateExecution(second)).toEqual({ kind: 'updated' })
    expect(await executions().updateExecution(second)).toEqual({ kind: 'updated' })
    expect(await executions().updateExecution(rival)).toEqual({ kind: 'conflict', current: second })
    expect(await executions().updateExecution({ ...second, revision: 4 })).toEqual({
      kind: 'conflict',
      current: second,
    })
    expect(await executions().readExecution(ALPHA, first.clientOrderId)).toEqual(second)
  })

  it('has a conflict with nothing where no execution is', async () => {
    const update = anExecution({ revision: 2 })
    expect(await executions().updateExecution(update)).toEqual({ kind: 'conflict', current: null })
    expect(await executions().readExecution(ALPHA, update.clientOrderId)).toBeNull()
  })

  it('points from a broker order to one execution', async () => {
    const order = asAlpacaOrderId('61e69015-8549-4bfd-b9c3-01e75843f47d')
    const [one, two] = [asClientOrderId('tg-1'), asClientOrderId('tg-2')]
    expect(await executions().readPointer(ALPHA, order)).toBeNull()
    await executions().putPointer(ALPHA, order, one)
    await executions().putPointer(ALPHA, order, one)
    await expect(executions().putPointer(ALPHA, order, two)).rejects.toThrow(StateError)
    await executions().putPointer(BETA, order, two)
    expect(await executions().readPointer(ALPHA, order)).toBe(one)
    expect(await executions().readPointer(BETA, order)).toBe(two)
  })

  it('indexes what somebody still has to look after, by client order id', async () => {
    const states = ['submitting', 'filled', 'accepted', 'denied', 'absent', 'partially_filled'] as const
    const all = states.map((state, seq) => anExecution({ state }, aDecision(seq)))
    for (const execution of all) await executions().createExecution(execution)
    await executions().createExecution(anExecution({}, aDecision(50, BETA)))
    // an absent one is looked up once more, so it is open work too
    const open = all.filter(({ state }) => !['filled', 'denied'].includes(state))
    expect(idsOf(await executions().listOpen(ALPHA))).toEqual(idsOf(open).sort())

    for (const execution of open) {
      const settled: Partial<Execution> =
        execution.state === 'absent'
          ? { recheckedAt: instant('2010-05-05T13:31:00Z') }
          : { state: 'canceled' }
      await executions().updateExecution({ ...execution, ...settled, revision: 2 })
    }
    expect(await executions().listOpen(ALPHA)).toEqual([])
    expect(idsOf(await executions().listOpen(BETA))).toHaveLength(1)
  })

  it('lists all executions of one account', async () => {
    for (const seq of [1, 2, 3]) await executions().createExecution(anExecution({}, aDecision(seq)))
    await executions().createExecution(anExecution({}, aDecision(4, BETA)))
    const listed: Execution[] = []
    for await (const execution of executions().listExecutions(ALPHA)) listed.push(execution)
    expect(idsOf(listed)).toEqual(idsOf([1, 2, 3].map((seq) => anExecution({}, aDecision(seq)))).sort())
  })
})

function claimOf(execution: Execution) {
  if (execution.claim === null) throw new Error('no claim')
  return execution.claim
}
