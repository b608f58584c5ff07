/** Why a strategy was never asked: expectations are what its author would want to be told. */
import { describe, expect, it } from 'vitest'
import { SignalCensus, coverageWarnings, timeframeWarning } from '../../lib/strategy/coverage.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'

const strategy = (
  baseTimeframe: string,
  universeSymbols: readonly string[] | null = null,
): StrategyDefinition => ({
  id: 'momentum',
  name: 'Momentum',
  strategyType: 'intraday_tsmom',
  version: '1.1.0',
  enabled: true,
  baseTimeframe,
  universeSymbols,
  legacyFallback: null,
  params: {},
})

const census = new SignalCensus()
for (const symbol of ['AAPL', 'MSFT']) census.add('1Min', symbol, true)
census.add('1Hour', 'NEW', false)
census.add('1Hour', 'NEW', false)

const reasonOf = (definition: StrategyDefinition, needsPriceAlone = false) =>
  coverageWarnings([definition], census, () => needsPriceAlone)[0]

describe('a strategy', () => {
  it.each([
    [strategy('1m'), 'signals are of 1Hour, 1Min, it wants 1m; did you mean 1Min?'],
    [strategy('1Day'), 'signals are of 1Hour, 1Min, it wants 1Day'],
    [strategy('1Min', ['APPL']), 'no 1Min signals of APPL; there are AAPL, MSFT; did you mean AAPL?'],
    [
      strategy('60Min'),
      'each of its 2 signals lacks a required feature (the first 33 bars of a symbol always do)',
    ],
  ])('that was never asked is told why', (definition, reason) => {
    const warning = reasonOf(definition)
    expect(warning?.reason).toContain(reason)
    expect(warning?.neverAsked).toBe(true)
  })

  it('is told of symbols that nothing came of', () => {
    expect(reasonOf(strategy('1Min', ['AAPL', 'NVDA']))).toEqual({
      strategyId: 'momentum',
      neverAsked: false,
      reason: 'no 1Min signals of NVDA',
    })
  })

  it('that was asked, or is not enabled, is told nothing', () => {
    expect(reasonOf(strategy('60Sec', ['AAPL']))).toBeUndefined()
    expect(reasonOf({ ...strategy('1Day'), enabled: false })).toBeUndefined()
  })

  it('that needs a price alone is asked about signals that lack the rest', () => {
    expect(reasonOf(strategy('1Hour'), true)).toBeUndefined()
  })

  it('with a timeframe of no usual form is told', () => {
    expect(timeframeWarning(strategy('1m'))?.reason).toBe('no bars are named 1m; did you mean 1Min?')
    expect(timeframeWarning(strategy('3Month'))).toBeNull()
  })
})
