import { describe, expect, it } from 'vitest'
import { serializePlan } from '../../lib/cycle/plan-text.ts'
import { planCycle } from '../../lib/cycle/plan.ts'
import { formatDecimal } from '../../lib/domain/decimal.ts'
import { planInputs } from '../plan-fixtures.ts'

describe('a plan', () => {
  it('accepts an order within all limits', () => {
    const plan = planCycle(planInputs())
    expect(
      plan.decisions.map(({ side, quantity, outcome }) => [side, formatDecimal(quantity), outcome]),
    ).toEqual([['buy', '20', { kind: 'accepted' }]])
    expect(plan.outcomes).toEqual([{ position: 1, code: 'decided:1' }])
    expect(plan.nextCursor).toBe(1)
  })

  it('is the same text for the same inputs', () => {
    expect(serializePlan(planCycle(planInputs()))).toBe(serializePlan(planCycle(planInputs())))
  })
})
