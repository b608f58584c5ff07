/** Why a strategy was never asked: expectations are what its author would want to be told. */
import { describe, expect, it } from 'vitest'
import {
  type PluginNeeds,
  SignalCensus,
  coverageWarnings,
  timeframeWarning,
} from '../../lib/strategy/coverage.ts'
import { normalizeFeatures } from '../../lib/strategy/features.ts'
import { signalWith } from '../support/strategy-fixtures.ts'
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

const CONTRACT: PluginNeeds = { priceAlone: false, features: ['price'], history: 0 }
const PRICE: PluginNeeds = { ...CONTRACT, priceAlone: true }

const vector = (payload: Readonly<Record<string, string>>) =>
  normalizeFeatures(signalWith({ price: '100', ...payload })).features
const census = new SignalCensus([CONTRACT, { ...PRICE, features: ['custom.atr14', 'bar', 'ema12'] }])
for (const symbol of ['AAPL', 'MSFT']) census.add({ timeframe: '1Min', symbol }, true, vector({ atr14: '2' }))
census.add({ timeframe: '1Min', symbol: 'MSFT' }, true, vector({ ema12: '2' }))
for (const _ of [1, 2]) census.add({ timeframe: '1Hour', symbol: 'NEW' }, false, vector({}))
census.add({ timeframe: '1Week', symbol: 'BARE' }, false, null)

const reasonOf = (definition: StrategyDefinition, needs = CONTRACT) =>
  coverageWarnings([definition], census, () => needs)[0]

describe('a strategy', () => {
  it.each([
    [strategy('1m'), 'signals are of 1Hour, 1Min, 1Week, it wants 1m; did you mean 1Min?'],
    [strategy('1Day'), 'signals are of 1Hour, 1Min, 1Week, it wants 1Day'],
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
    expect(reasonOf(strategy('1Hour'), PRICE)).toBeUndefined()
  })

  it.each<[string, PluginNeeds, string | undefined]>([
    ['1Min', { ...PRICE, features: ['custom.atr14', 'bar'] }, 'none of its 3 signals has bar'],
    ['1Min', { ...PRICE, features: ['custom.atr14', 'ema12'] }, undefined],
    ['1Hour', { ...PRICE, features: ['custom.atr14'] }, 'none of its 2 signals has custom.atr14'],
    ['1Min', { ...PRICE, history: 1 }, undefined],
    ['1Min', { ...CONTRACT, history: 2 }, 'it looks 2 signals back, and no symbol has more than 2'],
    ['1Week', { ...PRICE, features: [], history: 0 }, 'none of its 1 signals has a price'],
  ])('of %s signals that needs more is told what never came', (timeframe, needs, reason) => {
    expect(reasonOf(strategy(timeframe), needs)?.reason).toBe(reason)
  })

  it('with a timeframe of no usual form is told', () => {
    expect(timeframeWarning(strategy('1m'))?.reason).toBe('no bars are named 1m; did you mean 1Min?')
    expect(timeframeWarning(strategy('3Month'))).toBeNull()
  })
})
