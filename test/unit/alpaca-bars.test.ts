/**
 * Bars of Alpaca, good and bad: pages, what is refused, torn or of wrong types, from the exchange's data endpoints and from answers in
 * the documented form (https://docs.alpaca.markets/reference/stockbars, https://docs.alpaca.markets/reference/corporateactions-1).
 */
import { afterEach, describe, expect, it } from 'vitest'
import { openAlpacaBars } from '../../lib/adapters/alpaca/bar-source.ts'
import { RequestBudget } from '../../lib/domain/request-budget.ts'
import { instant } from '../../lib/domain/time.ts'
import type { FaultKind } from '../../lib/exchange/faults.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { ONE_DAY, ONE_MINUTE } from '../../lib/market/timeframe.ts'
import type { BarAnswer, BarQuery } from '../../lib/ports/bar-source.ts'
import { SteppedExchange } from '../support/market-exchange.ts'
import { ALPHA_KEY } from '../support/paper-exchange-fixture.ts'

const FILE = `timestamp,symbol,open,high,low,close,volume
2013-10-01T13:30:00Z,AAPL,478.45,479,478,478.5,1000
2013-10-01T13:31:00Z,AAPL,478.5,480,478.25,479.75,1100
2013-10-01T13:30:00Z,MSFT,33.35,33.4,33.3,33.36,5000
2013-10-01T13:31:00Z,MSFT,33.36,33.37,33.2,33.25,4000
`
const QUERY: BarQuery = {
  symbols: ['AAPL', 'MSFT'],
  timeframe: ONE_MINUTE,
  from: instant('2013-10-01T13:30:00Z'),
  to: instant('2013-10-01T13:40:00Z'),
}
const shown = ({ bars, trouble, unreadable }: BarAnswer) => ({
  bars: bars.map(({ symbol, startsAt }) => `${symbol} ${new Date(startsAt).toISOString().slice(0, 16)}`),
  unreadable: [...unreadable.keys()],
  trouble: trouble && [trouble.kind, 'status' in trouble ? trouble.status : null],
})
const ALL = [
  'AAPL 2013-10-01T13:30',
  'AAPL 2013-10-01T13:31',
  'MSFT 2013-10-01T13:30',
  'MSFT 2013-10-01T13:31',
]

describe('bars of the exchange', () => {
  let stepped: SteppedExchange
  afterEach(() => stepped.close())

  async function read(kind: FaultKind | null, query: Partial<BarQuery> = {}, secret = ALPHA_KEY.secret) {
    stepped = await SteppedExchange.open({ bars: parseBars(FILE, 'bars.csv') })
    stepped.moveTo('2013-10-01T13:35:00Z')
    if (kind !== null) stepped.faults.add({ on: 'GET /v2/stocks/bars', kind })
    const credentials = { ...ALPHA_KEY, secret }
    const budget = new RequestBudget(10)
    const source = openAlpacaBars({
      baseUrl: stepped.baseUrl,
      credentials,
      feed: 'iex',
      budget,
      timeoutMs: kind === 'timeout_before_accept' ? 500 : 20_000,
    })
    return shown(await source.readBars({ ...QUERY, ...query }))
  }

  it.each<[FaultKind, readonly string[], readonly string[], unknown]>([
    ['403_feed', [], [], ['refused', 403]],
    ['429_data', [], [], ['rate_limited', null]],
    ['torn_bars', [], [], ['unavailable', null]],
    ['500', [], [], ['unavailable', null]],
    ['gateway_403', [], [], ['unavailable', null]],
    ['timeout_before_accept', [], [], ['unavailable', null]],
    ['disconnect_before_accept', [], [], ['unavailable', null]],
    ['half_answer', ALL.slice(0, 2), [], null],
    ['wrong_types', [], ['AAPL', 'MSFT'], null],
  ])('spoilt by %s', async (kind, bars, unreadable, trouble) => {
    expect(await read(kind)).toEqual({ bars, unreadable, trouble })
  })

  it('are refused to a key that is not known, and for a symbol that none can have', async () => {
    expect((await read(null, {}, 'another')).trouble).toEqual(['refused', 403])
    await stepped.close()
    expect((await read(null, { symbols: ['AAPL', 'WHAT?'] })).trouble).toEqual(['refused', 400])
  })
})

describe('answers in the documented form', () => {
  const bar = (t: string, c = 10) => ({ t, o: 10, h: 11, l: 9, c, v: 5, n: 1, vw: 10 })
  const urls: URL[] = []

  function sourceOf(pages: readonly unknown[], requests = 10) {
    urls.length = 0
    const answers = [...pages]
    const fetch = async (input: string | URL | Request) => {
      urls.push(new URL(input instanceof Request ? input.url : input))
      return new Response(JSON.stringify(answers.shift()), {
        headers: { 'content-type': 'application/json' },
      })
    }
    const budget = new RequestBudget(requests)
    return openAlpacaBars({
      baseUrl: 'https://data.invalid',
      credentials: ALPHA_KEY,
      feed: 'sip',
      budget,
      fetch,
    })
  }

  it('are read page by page, as they were traded, of the feed that is asked for', async () => {
    const source = sourceOf([
      { bars: { AAPL: [bar('2013-10-01T13:30:00Z')] }, next_page_token: 'QQ==' },
      {
        bars: { AAPL: [bar('2013-10-01T13:31:00Z')], MSFT: [bar('2013-10-01T13:30:00Z')] },
        next_page_token: null,
      },
    ])
    expect(shown(await source.readBars(QUERY)).bars).toEqual(ALL.slice(0, 3))
    expect(urls.map(({ pathname }) => pathname)).toEqual(['/v2/stocks/bars', '/v2/stocks/bars'])
    expect(Object.fromEntries(urls[1]?.searchParams ?? [])).toMatchObject({
      symbols: 'AAPL,MSFT',
      timeframe: '1Min',
      start: '2013-10-01T13:30:00.000Z',
      end: '2013-10-01T13:40:00.000Z',
      feed: 'sip',
      adjustment: 'raw',
      limit: '10000',
      page_token: 'QQ==',
    })
  })

  it('are kept as far as they came when the budget ends', async () => {
    const source = sourceOf([{ bars: { AAPL: [bar('2013-10-01T13:30:00Z')] }, next_page_token: 'QQ==' }], 1)
    expect(shown(await source.readBars(QUERY))).toEqual({
      bars: ALL.slice(0, 1),
      unreadable: [],
      trouble: ['rate_limited', null],
    })
    expect(source.requests).toBe(1)
  })

  it('give nothing of a symbol from its first bad bar on, on later pages neither', async () => {
    const source = sourceOf([
      {
        bars: { AAPL: [bar('2013-10-01T13:30:00Z'), bar('2013-10-01T13:31:00Z', 12)] },
        next_page_token: 'QQ==',
      },
      {
        bars: { AAPL: [bar('2013-10-01T13:32:00Z')], MSFT: [bar('2013-10-01T13:30:00Z')] },
        next_page_token: null,
      },
    ])
    const { bars, unreadable } = shown(await source.readBars(QUERY))
    expect(bars).toEqual(['AAPL 2013-10-01T13:30', 'MSFT 2013-10-01T13:30'])
    expect(unreadable).toEqual(['AAPL'])
  })

  it('name a day by its midnight in New York; here it is that of its date', async () => {
    const source = sourceOf([{ bars: { AAPL: [bar('2013-10-01T04:00:00Z')] }, next_page_token: null }])
    expect(shown(await source.readBars({ ...QUERY, timeframe: ONE_DAY })).bars).toEqual([
      'AAPL 2013-10-01T00:00',
    ])
  })

  it('are days of coins only where they begin at midnight UTC', async () => {
    const symbols = ['BTC/USD', 'ETH/USD']
    const page = {
      'BTC/USD': [bar('2025-08-01T00:00:00Z'), bar('2025-08-02T00:00:00Z')],
      'ETH/USD': [bar('2025-08-01T05:00:00Z'), bar('2025-08-02T05:00:00Z')],
    }
    const source = sourceOf([{ bars: page, next_page_token: null }])
    expect(shown(await source.readBars({ ...QUERY, symbols, timeframe: ONE_DAY }))).toEqual({
      bars: ['BTC/USD 2025-08-01T00:00', 'BTC/USD 2025-08-02T00:00'],
      unreadable: ['ETH/USD'],
      trouble: null,
    })
  })

  it('ask for coins where they are', async () => {
    const source = sourceOf([{ bars: { 'BTC/USD': [bar('2013-10-01T13:30:00Z')] }, next_page_token: null }])
    expect(shown(await source.readBars({ ...QUERY, symbols: ['BTC/USD'] })).bars).toEqual([
      'BTC/USD 2013-10-01T13:30',
    ])
    expect(urls[0]?.pathname).toBe('/v1beta3/crypto/us/bars')
  })

  it('tell splits by their ex-date, page by page; anything else is no answer', async () => {
    const split = (symbol: string, ex_date: string) => ({
      symbol,
      ex_date,
      old_rate: 1,
      new_rate: 4,
      process_date: ex_date,
    })
    const source = sourceOf([
      { corporate_actions: { forward_splits: [split('AAPL', '2020-08-31')] }, next_page_token: 'QQ==' },
      {
        corporate_actions: { reverse_splits: [split('GE', '2021-08-02'), split('GE', '2020-09-01')] },
        next_page_token: null,
      },
      { message: 'what?' },
    ])
    expect(await source.readSplits(['AAPL', 'GE'], '2020-08-28', '2020-09-02')).toEqual([
      { symbol: 'AAPL', exDate: '2020-08-31' },
      { symbol: 'GE', exDate: '2020-09-01' },
    ])
    expect(urls[0]?.pathname).toBe('/v1/corporate-actions')
    expect(await source.readSplits(['AAPL'], '2020-08-28', '2020-09-02')).toBeNull()
  })
})
