/**
 * Strategies of one rule are asked together whether they want anything: that nobody does says nothing of those who have to be
 * asked for themselves.
 */
import { describe, expect, it } from 'vitest'
import { plusSeconds } from '../../lib/domain/time.ts'
import { CircuitBook } from '../../lib/strategy/circuit.ts'
import { evaluateSignal } from '../../lib/strategy/runtime.ts'
import { BY_ITSELF } from '../../lib/strategy/signal-evaluation.ts'
import { BUYER, compile, definitionWith, evaluateOnce, signalWith } from '../support/strategy-fixtures.ts'

const QUIET = signalWith({ macd: '0', macd_signal: '0', rsi14: '50' })
const OVERSOLD = signalWith({ macd: '1', macd_signal: '0', rsi14: '20' })
const BUILT_IN = [
  definitionWith('a', 'legacy_macd_rsi'),
  definitionWith('b', 'intraday_tsmom', { version: '1.1.0' }),
  definitionWith('c', 'legacy_macd_rsi'),
]

describe('where the rules of all strategies want nothing', () => {
  it('nobody is said to want anything, and one rule that does is enough for those whose rule it is', () => {
    expect(evaluateOnce(compile(BUILT_IN), QUIET)).toMatchObject({ raw: [], errors: [], unusableFor: [] })
    const { raw } = evaluateOnce(compile(BUILT_IN), OVERSOLD)
    expect(raw.map(({ strategyId }) => strategyId)).toEqual(['a', 'c'])
  })

  it('a plugin of the user’s is asked, and one that is missing is told of', () => {
    const catalog = compile(
      [...BUILT_IN, definitionWith('d', 'buyer'), definitionWith('e', 'unheard')],
      [BUYER],
    )
    const { raw, errors } = evaluateOnce(catalog, QUIET)
    expect(raw.map(({ strategyId }) => strategyId)).toEqual(['d'])
    expect(errors.map(({ strategyId, reason }) => [strategyId, reason])).toEqual([['e', 'plugin_not_found']])
  })

  it('a disabled one keeps nobody from being asked together', () => {
    const disabled = definitionWith('d', 'unheard', { enabled: false })
    expect(compile([...BUILT_IN, disabled]).silences).toHaveLength(2)
    expect(compile([...BUILT_IN, { ...disabled, enabled: true }]).silences).toBeNull()
  })

  it('an open circuit is told of, and a success closes one with errors behind it', () => {
    const openUntil = plusSeconds(QUIET.eventTs, 60)
    const circuits = new CircuitBook({
      a: { consecutiveErrors: 0, openUntil },
      b: { consecutiveErrors: 2, openUntil: null },
    })
    const { errors } = evaluateSignal(compile(BUILT_IN), circuits, QUIET)
    expect(errors.map(({ strategyId, reason }) => [strategyId, reason])).toEqual([['a', 'strategy_degraded']])
    expect(circuits.toStates()).toEqual({ a: { consecutiveErrors: 0, openUntil } })
  })

  it('one that did not come back is told of', () => {
    const lateness = (id: string) => (id === 'b' ? 'now' : null)
    const { errors, circuitsOpened } = evaluateSignal(compile(BUILT_IN), new CircuitBook(), QUIET, {
      ...BY_ITSELF,
      lateness,
    })
    expect(errors.map(({ strategyId, reason }) => [strategyId, reason])).toEqual([['b', 'plugin_timeout']])
    expect(circuitsOpened).toEqual(['b'])
  })

  it('the mark stands at the first one whose rule is asked', () => {
    const asked = new Int32Array([-1])
    const compiled = compile([
      definitionWith('0', 'intraday_tsmom', { version: '1.1.0', enabled: false }),
      ...BUILT_IN,
    ])
    evaluateSignal(compiled, new CircuitBook(), QUIET, { ...BY_ITSELF, asked })
    expect(asked[0]).toBe(2)
  })
})
