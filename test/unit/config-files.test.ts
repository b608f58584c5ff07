/** The files people write, accounts, strategies and signals: what is read, and every violation named with its place. */
import { describe, expect, it } from 'vitest'
import type { Violation } from '../../lib/domain/errors.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { parseAccounts } from '../../lib/flags/account-registry.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { readSignals } from '../../lib/formats/signal-codec.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { violationsIn } from '../support/violations.ts'

async function violationsOf(run: () => unknown): Promise<readonly Violation[]> {
  try {
    await run()
  } catch (error) {
    return violationsIn(error)
  }
  return []
}

describe('account registry', () => {
  const settings = parseSettings({ TRADING_ACCOUNT_LABEL: 'main' })

  it('without one has the single account of the settings', () => {
    const account = {
      label: 'main',
      enabled: true,
      target: { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' },
      strategies: null,
    }
    expect(parseAccounts(undefined, settings)).toEqual([account])
    expect(parseAccounts('[]', settings)).toEqual([account])
  })

  it('reads a list, or an object of accounts', () => {
    const list = [
      { label: 'a', base_url: 'http://127.0.0.1:4000/', strategies: ['s1'] },
      { label: 'b', mode: 'live', enabled: false },
    ]
    const expected = [
      {
        label: 'a',
        enabled: true,
        target: { mode: 'paper', baseUrl: 'http://127.0.0.1:4000' },
        strategies: ['s1'],
      },
      {
        label: 'b',
        enabled: false,
        target: { mode: 'live', baseUrl: 'https://api.alpaca.markets' },
        strategies: null,
      },
    ]
    expect(parseAccounts(JSON.stringify(list), settings)).toEqual(expected)
    expect(parseAccounts(JSON.stringify({ accounts: list }), settings)).toEqual(expected)
  })

  it('refuses all that is wrong at once', async () => {
    const list = [
      { label: 'a', strategy: [] },
      { label: 'a', mode: 'paper', base_url: 'https://api.alpaca.markets' },
      { label: 'c', mode: 'live', base_url: 'http://127.0.0.1:1' },
      { label: 'no spaces', enabled: 'yes' },
      { mode: 'demo' },
    ]
    const violations = await violationsOf(() => parseAccounts(JSON.stringify(list), settings))
    expect(violations.map(({ path }) => path).sort()).toEqual([
      'TRADING_ACCOUNTS_JSON [0].strategy',
      'TRADING_ACCOUNTS_JSON [1].base_url',
      'TRADING_ACCOUNTS_JSON [1].label',
      'TRADING_ACCOUNTS_JSON [2].base_url',
      'TRADING_ACCOUNTS_JSON [3].enabled',
      'TRADING_ACCOUNTS_JSON [3].label',
      'TRADING_ACCOUNTS_JSON [4].label',
      'TRADING_ACCOUNTS_JSON [4].mode',
    ])
    expect(violations).toContainEqual({
      path: 'TRADING_ACCOUNTS_JSON [0].strategy',
      found: 'unknown field "strategy"',
      allowed: 'label, mode, enabled, base_url, strategies',
      didYouMean: 'strategies',
    })
  })

  it.each([
    '[{"label":"a"}',
    '"a"',
    'null',
    '{"acounts":[]}',
    '{}',
    '{"accounts":{"a":1}}',
    '[null]',
    '[{"label":"p","base_url":"https://paper-api.alpaca.markets.evil.example"}]',
    '[{"label":"p","base_url":"http://127.0.0.1.evil.example"}]',
    '[{"label":"p","base_url":"http://127.0.0.1@evil.example"}]',
  ])('refuses %s', async (json) => {
    expect(await violationsOf(() => parseAccounts(json, settings))).not.toEqual([])
  })

  it('refuses a live account on a calendar without sessions', async () => {
    const always = parseSettings({ TRADING_CALENDAR: 'always' })
    expect(await violationsOf(() => parseAccounts('[{"label":"a","mode":"live"}]', always))).toMatchObject([
      { path: 'TRADING_ACCOUNTS_JSON [0].mode' },
    ])
  })
})

describe('strategies file', () => {
  const good = `
- id: one
  name: First
  strategy_type: intraday_tsmom
  version: 1.1.0
  enabled: true
  base_timeframe: 1Min
  universe_symbols: [SPY, BTC/USD]
  params: { max_notional_per_trade: '1000' }
`
  const strategy = {
    id: 'one',
    name: 'First',
    strategyType: 'intraday_tsmom',
    version: '1.1.0',
    enabled: true,
    baseTimeframe: '1Min',
    universeSymbols: ['SPY', 'BTC/USD'],
    legacyFallback: null,
    params: { max_notional_per_trade: '1000' },
  }

  it('reads YAML, and JSON that says the same', () => {
    expect(parseStrategies(good, 's.yaml')).toEqual([strategy])
    const json = {
      id: 'one',
      name: 'First',
      strategy_type: 'intraday_tsmom',
      version: '1.1.0',
      enabled: true,
      base_timeframe: '1Min',
      universe_symbols: ['SPY', 'BTC/USD'],
      legacy_fallback: null,
      params: { max_notional_per_trade: '1000' },
    }
    expect(parseStrategies(JSON.stringify([json], null, '\t'), 's.json')).toEqual([strategy])
  })

  it.each([
    ['max_notional_per_trade', "'1,000'"],
    ['max_notional_per_trade', '0'],
    ['max_notional_per_trade', '-5'],
    ['max_notional_per_trade', "'$500'"],
    ['max_notional_per_trade', 'true'],
    ['max_notional_per_trade', '[500]'],
    ['max_position_pct_equity', '2%'],
    ['max_position_pct_equity', '2'],
    ['max_position_pct_equity', "'0,02'"],
    ['max_position_pct_equity', '{}'],
  ])('refuses the limit %s of %s', async (cap, text) => {
    const bad = good.replace("max_notional_per_trade: '1000'", `${cap}: ${text}`)
    expect(await violationsOf(() => parseStrategies(bad, 's.yaml'))).toMatchObject([
      { path: `s.yaml:9 [0].params.${cap}` },
    ])
  })

  it.each([
    ['max_notional_per_trades', 'max_notional_per_trade'],
    ['maxNotionalPerTrade', 'max_notional_per_trade'],
    ['max_position_pct_equtiy', 'max_position_pct_equity'],
    ['max-position-pct-equity', 'max_position_pct_equity'],
  ])('refuses %s, which is no limit, and names %s', async (name, meant) => {
    const bad = good.replace('max_notional_per_trade', name)
    expect(await violationsOf(() => parseStrategies(bad, 's.yaml'))).toMatchObject([
      { path: `s.yaml:9 [0].params.${name}`, didYouMean: meant },
    ])
  })

  it('takes null for an absent limit, and parameters of a plugin of any other name', () => {
    const params = '{ max_notional_per_trade: null, notional: 5, max_positions: 3, position_pct: "2%" }'
    const text = good.replace("{ max_notional_per_trade: '1000' }", params)
    expect(parseStrategies(text, 's.yaml')[0]?.params).toEqual({
      max_notional_per_trade: null,
      notional: 5,
      max_positions: 3,
      position_pct: '2%',
    })
  })

  it('names line and path of everything that is wrong', async () => {
    const bad = `${good.replace('version: 1.1.0', 'versoin: 1.1.0').replace('enabled: true', 'enabled: yes')}
- id: aggregated
  name: x
  strategy_type: x
  version: 1.0
  enabled: true
  base_timeframe: 1Min
${good}`
    expect(await violationsOf(() => parseStrategies(bad, 's.yaml'))).toEqual([
      {
        path: 's.yaml:2 [0].version',
        found: 'nothing',
        allowed: "an exact version as text, such as '1.0.0'",
      },
      { path: 's.yaml:6 [0].enabled', found: '"yes"', allowed: 'true, false' },
      expect.objectContaining({
        path: 's.yaml:5 [0].versoin',
        found: 'unknown field "versoin"',
        didYouMean: 'version',
      }),
      {
        path: 's.yaml:14 [1].version',
        found: '1',
        allowed: "an exact version as text, such as '1.0.0'",
      },
      { path: 's.yaml:11 [1].id', found: 'the reserved id "aggregated"', allowed: 'any other id' },
      { path: 's.yaml:18 [2].id', found: '"one", as in [0]', allowed: 'an id that no other strategy has' },
    ])
  })

  it.each(['', 'id: one', '[]x', '- a: *missing', '- id: a\n  id: b', '[{"id": "a"', '- null'])(
    'refuses %j with a line',
    async (text) => {
      const violations = await violationsOf(() => parseStrategies(text, 's.yaml'))
      expect(violations[0]?.path).toMatch(/^s\.yaml/)
    },
  )
})

describe('signals file', () => {
  const line = (changes: object = {}) =>
    JSON.stringify({
      event_ts: '2026-02-10T14:30:00Z',
      symbol: 'BTC/USD',
      timeframe: '1Min',
      seq: 0,
      source: 'ta',
      payload: { macd: 0 },
      ...changes,
    })
  const collect = async (lines: string[]) => {
    const signals: Signal[] = []
    for await (const signal of readSignals(lines, 's.jsonl')) signals.push(signal)
    return signals
  }

  it('reads one signal per line', async () => {
    expect(await collect([line(), '', line({ seq: 1, ingest_ts: '2026-02-10T14:30:03.205000Z' })])).toEqual([
      {
        eventTs: Date.UTC(2026, 1, 10, 14, 30),
        symbol: 'BTC/USD',
        timeframe: '1Min',
        seq: 0,
        source: 'ta',
        ingestTs: null,
        payload: { macd: 0 },
      },
      expect.objectContaining({ seq: 1, ingestTs: Date.UTC(2026, 1, 10, 14, 30, 3, 205) }),
    ])
  })

  it('names file and line of everything that is wrong', async () => {
    const lines = [line(), '{"event_ts"', line({ event_ts: '2026-02-10', seq: 1.5 }), line({ sybol: 'X' })]
    expect(await violationsOf(() => collect(lines))).toEqual([
      { path: 's.jsonl:2', found: 'text that is not JSON: "{\\"event_ts\\""', allowed: 'a JSON object' },
      { path: 's.jsonl:3 event_ts', found: '"2026-02-10"', allowed: 'an ISO-8601 time with a zone' },
      { path: 's.jsonl:3 seq', found: '1.5', allowed: 'a whole number from 0' },
      expect.objectContaining({
        path: 's.jsonl:4 sybol',
        found: 'unknown field "sybol"',
        didYouMean: 'symbol',
      }),
    ])
  })

  it('reports the first 20 violations and counts the others', async () => {
    const violations = await violationsOf(() => collect(Array.from({ length: 50 }, () => 'x')))
    expect(violations).toHaveLength(21)
    expect(violations.at(-1)).toMatchObject({ path: 's.jsonl', found: '30 more violations' })
  })

  it.each([
    { payload: [] },
    { symbol: '' },
    { seq: '1' },
    { seq: -1 },
    { source: 'a#b' },
    { timeframe: null },
    { ingest_ts: 5 },
  ])('refuses %j', async (changes) => {
    expect(await violationsOf(() => collect([line(changes)]))).toHaveLength(1)
  })
})
