/** Denials carry the figures that their check compared, beside the reason (docs/architecture.md#decisions-and-risk). */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import { TICK, batchOf, compiled, lane, planInputs, settingsWith, signal } from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

function outcomeOf(changes: Partial<CycleInputs>) {
  return planCycle(planInputs(changes)).decisions[0]?.outcome
}

describe('a denial says what it compared', () => {
  it('age and limit of a signal that is too old', () => {
    const old = batchOf(signal({ eventTs: plusSeconds(TICK, -301.5) }))
    expect(outcomeOf({ batch: old })).toEqual({
      kind: 'denied',
      reason: 'signal_too_old',
      figures: '301.5 s > 300 s',
    })
  })

  it('cost and buying power, with thousands apart and cents where there are any', () => {
    const { balance, ...rest } = aSnapshot()
    const snapshot = { ...rest, balance: { ...balance, buyingPower: decimal('1050.5') } }
    const strategies = compiled([aStrategy('s1', { params: { max_notional_per_trade: '1100' } })])
    expect(outcomeOf({ snapshot, strategies })).toEqual({
      kind: 'denied',
      reason: 'insufficient_buying_power',
      figures: '1,100 > 1,050.50',
    })
  })

  it('the time since the last order of a symbol that cools down', () => {
    const cooling = lane({ cooldowns: { AAPL: plusSeconds(TICK, -60) } })
    const settings = settingsWith({ TRADING_COOLDOWN_SECONDS: '90' })
    expect(outcomeOf({ lane: cooling, settings })).toMatchObject({ figures: '60 s < 90 s' })
  })

  it('the position, 10 and 20 shares of 50, and its share of the equity', () => {
    const settings = settingsWith({ TRADING_MAX_POSITION_PCT_EQUITY: '0.01' })
    const { balance, ...rest } = aSnapshot()
    const positions = [
      { symbol: 'AAPL', quantity: decimal('10'), marketValue: decimal('1000'), averageEntryPrice: null },
    ]
    const snapshot = { ...rest, positions, balance: { ...balance, equity: decimal('100000') } }
    const strategies = compiled([aStrategy('s1', { params: { max_notional_per_trade: '1000' } })])
    expect(outcomeOf({ settings, snapshot, strategies })).toMatchObject({
      reason: 'max_position_pct_exceeded',
      figures: '1,500 > 1,000',
    })
  })

  it('nothing where nothing is compared', () => {
    const settings = settingsWith({ TRADING_ENABLED: 'false' })
    expect(outcomeOf({ settings })).toEqual({ kind: 'denied', reason: 'trading_disabled', figures: null })
  })
})
