/** Plugins that do not come back (docs/plugins.md#what-happens-to-errors), stopped by the guard that the lane function uses. */
import { describe, expect, it } from 'vitest'
import { vmInterrupter } from '../../lib/adapters/system/vm-interrupter.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { planInTime } from '../../lib/lanes/plan-in-time.ts'
import type { Interrupter } from '../../lib/ports/interrupter.ts'
import { sealedInputs, type CycleInputs } from '../../lib/plan/cycle-inputs.ts'
import { planCycle } from '../../lib/plan/plan-cycle.ts'
import type { FeatureVector, StrategyContext } from '../../lib/strategy/plugin.ts'
import { QUIET, batchOf, compiled, planInputs, signal } from '../support/plan-fixtures.ts'
import { serializePlan } from '../support/plan-text.ts'
import { BUY_INTENT, aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

/** Wide enough for a pass of honest plugins on a machine that does much else. */
const BUDGET_MS = 500

type Evaluate = (context: StrategyContext, features: FeatureVector) => unknown

/** A plan of six signals by strategies `a` (honest), `b` (as given) and `c` (honest), and what was asked of `b`. */
function planned(evaluate: Evaluate) {
  const vm = vmInterrupter()
  /** What each pass, and each question by itself, may take at most. */
  const limits: number[] = []
  const interrupter: Interrupter = {
    run: (work, limitMs) => {
      limits.push(limitMs)
      return vm.run(work, limitMs)
    },
  }
  const plugins = [pluginGiving('honest', () => BUY_INTENT), pluginGiving('given', evaluate)]
  const strategies = ['a', 'b', 'c'].map((id) =>
    aStrategy(id, { strategyType: id === 'b' ? 'given' : 'honest', params: {}, legacyFallback: false }),
  )
  const price = (number: number) => signal({ payload: { ...QUIET, price: String(number) } })
  const batch = batchOf(price(1), price(2), price(3), price(4), price(5), price(6))
  const inputs: CycleInputs = planInputs({ strategies: compiled(strategies, plugins), batch })
  const errors: string[] = []
  const began = performance.now()
  const remainingMs = () => 50_000 - (performance.now() - began)
  const result = planInTime(
    (timedOut, asking) => {
      errors.length = 0
      const sealing = { ...inputs, timedOut }
      const plan = planCycle(sealing, undefined, {
        asking,
        failing: ({ strategyId, reason }, { position }) => errors.push(`${position} ${strategyId} ${reason}`),
      })
      return { plan, sealing }
    },
    {
      interrupter,
      budgetMs: BUDGET_MS,
      time: { totalMs: 50_000, remainingMs },
      asking: () => undefined,
      timedOut: {},
    },
  )
  if (result.kind === 'plan_interrupted') throw new Error('the plan was given up')
  return { ...result.made, errors, inputs, limits }
}

/** Does this at the third signal, whose price is 3. */
const atThird =
  (work: () => void): Evaluate =>
  (_context, { values }) => {
    if (values.price === decimal('3')) work()
    return BUY_INTENT
  }

describe('a plugin that does not come back', () => {
  it.each<[string, () => void]>([
    ['loops', () => endless()],
    ['catches whatever is thrown, and loops', () => stubborn()],
    ['loops in a regular expression', () => void /^(a+)+$/.test(`${'a'.repeat(40)}b`)],
    ['multiplies without end', () => multiplying()],
  ])('is named when it %s; the others go on as if it were not there', (_what, loop) => {
    const { plan, errors, sealing, limits } = planned(atThird(loop))
    expect(errors).toEqual([
      '3 b plugin_timeout',
      '4 b strategy_degraded',
      '5 b strategy_degraded',
      '6 b strategy_degraded',
    ])
    expect(plan.decisions.map(({ sourceStrategyIds }) => sourceStrategyIds.join())).toEqual(
      'a,b,c a,b,c a,c a,c a,c a,c'.split(' '),
    )
    expect(plan.circuits['b']?.openUntil).toBe(plusSeconds(plan.decisions[2]?.eventTs as never, 300))
    expect(sealedInputs(sealing).timedOut).toEqual({ b: 3 })
    expect(limits.reduce((sum, limitMs) => sum + limitMs, 0)).toBeLessThan(20 * BUDGET_MS)
  })

  it('gives the same plan again from what was sealed, without being asked', () => {
    let mayLoop = true
    const { plan, sealing, inputs } = planned(atThird(() => mayLoop && endless()))
    mayLoop = false
    const again = planCycle({ ...inputs, timedOut: sealedInputs(sealing).timedOut })
    expect(serializePlan(again)).toBe(serializePlan(plan))
  })

  it('is not an honest one that a stalled processor kept: it is asked alone once more', () => {
    let stall = true
    const stalling: Evaluate = () => {
      const until = performance.now() + (stall ? 3 * BUDGET_MS : 0)
      stall = false
      while (performance.now() < until);
      return BUY_INTENT
    }
    const { errors, sealing } = planned(stalling)
    expect(errors).toEqual([])
    expect(sealedInputs(sealing).timedOut).toBeNull()
  })

  it('is nobody when all come back', () => {
    const { errors, sealing } = planned(() => null)
    expect([errors, sealedInputs(sealing).timedOut]).toEqual([[], null])
  })
})

function endless(): void {
  for (;;);
}

function stubborn(): void {
  for (;;) {
    try {
      endless()
    } catch {
      // goes on
    }
  }
}

function multiplying(): void {
  let value = 3n
  while (value !== 0n) value = (value * 3n) % 1_000_000_000_000_000_003n
}
