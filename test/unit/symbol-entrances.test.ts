/**
 * Whatever way a symbol is spelled where it enters, it is the same symbol behind (docs/architecture.md#symbols): a limit
 * that names `AAPL` meets an order of `aapl`.
 */
import { describe, expect, it } from 'vitest'
import { readPositions } from '../../lib/adapters/alpaca/wire-account.ts'
import { readOpenOrders, readOrder } from '../../lib/adapters/alpaca/wire-orders.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { parseSignal } from '../../lib/formats/signal-codec.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { normalizeTradeUpdate } from '../../lib/orders/order-feed/normalize.ts'
import { planCycle } from '../../lib/plan/plan-cycle.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'
import {
  BUY,
  TICK,
  batchOf,
  compiled,
  planInputs,
  position,
  settingsWith,
  signal,
} from '../support/plan-fixtures.ts'

const SPELLINGS = [
  ['aapl', 'AAPL'],
  ['BRK-B', 'BRK.B'],
  ['BRK/B', 'BRK.B'],
  ['BTCUSD', 'BTC/USD'],
  ['btc-usd', 'BTC/USD'],
] as const

const order = {
  id: 'broker-1',
  client_order_id: 'tg-1',
  side: 'buy',
  type: 'market',
  qty: '1',
  time_in_force: 'day',
  status: 'new',
  filled_qty: '0',
}

const ENTRANCES: Readonly<Record<string, (symbol: string) => unknown>> = {
  signals: (symbol) => readSignal(symbol).symbol,
  bars: (symbol) =>
    parseBars(
      `timestamp,symbol,open,high,low,close,volume\n2021-01-04T00:00:00Z,${symbol},1,1,1,1,1\n`,
      'b.csv',
    )[0]?.symbol,
  'strategies’ universes': (symbol) => readStrategy(symbol).universeSymbols?.[0],
  'the list of allowed symbols': (symbol) =>
    parseSettings({ TRADING_STATIC_SYMBOLS: symbol }).staticSymbols?.[0],
  'trade updates': (symbol) => {
    const value = JSON.stringify({
      stream: 'trade_updates',
      data: { event: 'new', order: { ...order, symbol } },
    })
    const update = normalizeTradeUpdate({
      topic: 'torghut.trade-updates.v2',
      value: value.replace('{', '{"account_label":"a",'),
      defaultAccountLabel: null,
    })
    return update.kind === 'event' ? update.event.symbol : update
  },
  'the broker’s orders': (symbol) => readOrder({ ...order, symbol })?.symbol,
  'the broker’s open orders': (symbol) => readOpenOrders([{ ...order, symbol }])?.rows[0]?.symbol,
}

function readSignal(symbol: string) {
  const line = {
    event_ts: '2024-05-14T14:29:00Z',
    symbol,
    timeframe: '1Min',
    seq: 1,
    source: 'ta',
    payload: BUY,
  }
  const parsed = parseSignal(line, 'a signal')
  if (parsed.kind === 'invalid') throw new Error(parsed.violations[0]?.found)
  return parsed.value
}

function readStrategy(symbol: string) {
  const text = JSON.stringify([
    {
      id: 's1',
      name: 'one',
      strategy_type: 'legacy_macd_rsi',
      version: '1.0.0',
      enabled: true,
      base_timeframe: '1Min',
      universe_symbols: [symbol],
    },
  ])
  const [strategy] = parseStrategies(text, 's.json')
  if (strategy === undefined) throw new Error('no strategy')
  return strategy
}

describe.each(Object.entries(ENTRANCES))('by %s', (_entrance, read) => {
  it.each(SPELLINGS)('%s comes in as %s', (spelling, symbol) => {
    expect(read(spelling)).toBe(symbol)
  })
})

it('positions name pairs without a slash, and shares by their class', () => {
  const row = { asset_class: 'us_equity', side: 'long', qty: '1', market_value: '1' }
  const read = readPositions([
    { ...row, symbol: 'BRK.B' },
    { ...row, symbol: 'BTCUSD', asset_class: 'crypto' },
  ])
  expect(read?.map(({ symbol }) => symbol)).toEqual(['BRK.B', 'BTC/USD'])
})

describe('limits meet orders, however both are spelled', () => {
  const outcomeOf = (spelling: string, settings: Record<string, string>, held: string) => {
    const snapshot = aSnapshot({ positions: [position('AAPL', held)] })
    const batch = batchOf(signal({ symbol: readSignal(spelling).symbol }))
    const plan = planCycle(planInputs({ batch, snapshot, settings: settingsWith(settings) }))
    return plan.decisions.map(({ symbol, outcome }) => [symbol, outcome])
  }

  it('the list of allowed symbols', () => {
    const allowed = { TRADING_STATIC_SYMBOLS: 'aapl' }
    expect(outcomeOf('aapl', allowed, '0')).toEqual([['AAPL', { kind: 'accepted' }]])
  })

  it('the largest position: 40 shares of 50 are 2 % of 100,000', () => {
    const limited = { TRADING_MAX_POSITION_PCT_EQUITY: '0.02' }
    const figures = '3,000 > 2,000'
    const denied = { kind: 'denied', reason: 'max_position_pct_exceeded', figures }
    expect(outcomeOf('aapl', limited, '40')).toEqual([['AAPL', denied]])
  })

  it('a strategy’s universe, also one that a version before has stored', () => {
    const strategies = compiled([aStrategy('s1', { universeSymbols: ['aapl', 'BTCUSD'] })])
    const batch = batchOf(
      signal({ symbol: 'AAPL' }),
      signal({ symbol: 'BTC/USD' }),
      signal({ symbol: 'IBM' }),
    )
    const plan = planCycle(planInputs({ batch, strategies, tickAt: TICK }))
    expect(plan.outcomes.map(({ code }) => code)).toEqual(['decided:1', 'decided:1', 'no_strategy'])
  })
})

it('a spelling twice in one list is one symbol', () => {
  expect(parseSettings({ TRADING_STATIC_SYMBOLS: 'aapl,AAPL,BRK-B' }).staticSymbols).toEqual([
    'AAPL',
    'BRK.B',
  ])
})
