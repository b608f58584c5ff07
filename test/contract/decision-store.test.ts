/** Decisions in every kind of state: written once, kept as they were, listed by account. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import { asClientOrderId } from '../../lib/domain/ids.ts'
import { STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { ALPHA, BETA, aDecision } from '../support/state-samples.ts'

describe.each(STATE_BACKENDS)('decision store: $name', ({ open }) => {
  const state = freshState(open)
  const decisions = () => state().stores.decisions

  it('stores a decision once; the same one again is ours, another one of its id leaves it standing', async () => {
    const decision = aDecision()
    expect(await decisions().putDecision(decision)).toEqual({ kind: 'stored' })
    expect(await decisions().putDecision(structuredClone(decision))).toEqual({ kind: 'same' })
    for (const other of [{ quantity: decimal('27') }, { position: 99 }]) {
      expect(await decisions().putDecision({ ...decision, ...other })).toEqual({
        kind: 'standing',
        decision,
      })
    }
    expect(await decisions().readDecision(ALPHA, decision.decisionId)).toEqual(decision)
  })

  it('finds the decision whose order has an id, in its account alone', async () => {
    for (const account of [ALPHA, BETA]) await decisions().putDecision(aDecision(1, account))
    const { clientOrderId, ...other } = aDecision(2)
    await decisions().putDecision({ ...other, clientOrderId: asClientOrderId('from-elsewhere') })
    expect(await decisions().findDecision(ALPHA, aDecision().clientOrderId)).toEqual(aDecision())
    expect(await decisions().findDecision(BETA, aDecision().clientOrderId)).toBeNull()
    expect(await decisions().findDecision(ALPHA, clientOrderId)).toBeNull()
  })

  it('keeps a denied decision with its reason, and what was missing as missing', async () => {
    const denied = aDecision(2, ALPHA, {
      price: null,
      outcome: { kind: 'denied', reason: 'missing_price', figures: null },
    })
    await decisions().putDecision(denied)
    expect(await decisions().readDecision(ALPHA, denied.decisionId)).toEqual(denied)
  })

  it('lists the decisions of one account alone, oldest position first', async () => {
    for (const seq of [12, 3, 100]) await decisions().putDecision(aDecision(seq))
    await decisions().putDecision(aDecision(4, BETA))
    const listed: Decision[] = []
    for await (const decision of decisions().listDecisions(ALPHA)) listed.push(decision)
    expect(listed).toEqual([aDecision(3), aDecision(12), aDecision(100)])
    expect(await decisions().readDecision(ALPHA, aDecision(4, BETA).decisionId)).toBeNull()
  })
})
