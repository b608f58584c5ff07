/**
 * The exchange's data endpoints, read by the official SDK's own REST client. Expected bars are the lines of the file, expected forms those
 * of Alpaca's documentation.
 */
import { marketData } from '@alpacahq/alpaca-trade-api/rest'
import { afterEach, describe, expect, it } from 'vitest'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { DAYS, MINUTES } from '../support/market-bars.ts'
import { ALPHA_KEY } from '../support/paper-exchange-fixture.ts'
import { SteppedExchange, type SteppedOptions } from '../support/market-exchange.ts'

let stepped: SteppedExchange
afterEach(async () => {
  await stepped.close()
})

async function open(options: Partial<SteppedOptions> = {}): Promise<SteppedExchange> {
  stepped = await SteppedExchange.open({ bars: parseBars(MINUTES, 'bars.csv'), ...options })
  return stepped
}

function clients(secret = ALPHA_KEY.secret) {
  const configuration = new marketData.Configuration({
    basePath: stepped.baseUrl,
    keyId: ALPHA_KEY.keyId,
    secret,
    retry: { maxRetries: 0 },
  })
  return {
    stocks: new marketData.StockApi(configuration),
    crypto: new marketData.CryptoApi(configuration),
    actions: new marketData.CorporateActionsApi(configuration),
  }
}

/** As text: what a client is refused with. */
async function refusal(request: Promise<unknown>): Promise<string> {
  const fault = await request.then(
    () => null,
    (error: unknown) => error,
  )
  const { response } = fault as { response: Response }
  return `${response.status} ${await response.clone().text()}`
}

const AAPL_MINUTE = { symbols: 'AAPL', timeframe: '1Min' }
const SINCE = { start: new Date('2013-10-01T13:30:00Z'), end: new Date('2013-10-01T14:00:00Z') }

describe('bars over REST', () => {
  it('shows a bar from its end and the delay on, in the documented form', async () => {
    await open({ delayMs: 250 })
    const { stocks } = clients()
    expect((await stocks.stockBars({ ...AAPL_MINUTE, ...SINCE })).bars).toEqual({})
    stepped.moveTo('2013-10-01T13:31:00.249Z')
    expect((await stocks.stockBars({ ...AAPL_MINUTE, ...SINCE })).bars).toEqual({})
    stepped.moveTo('2013-10-01T13:31:00.250Z')
    const answer = await fetch(
      `${stepped.baseUrl}/v2/stocks/bars?symbols=AAPL&timeframe=1Min&start=2013-10-01T13:30:00Z&feed=iex&adjustment=raw&asof=2013-10-01`,
      { headers: { 'APCA-API-KEY-ID': ALPHA_KEY.keyId, 'APCA-API-SECRET-KEY': ALPHA_KEY.secret } },
    )
    expect(await answer.json()).toEqual({
      bars: {
        AAPL: [{ t: '2013-10-01T13:30:00Z', o: 478.45, h: 479, l: 478, c: 478.5, v: 1000, n: 1, vw: 478.5 }],
      },
      next_page_token: null,
    })
  })

  it('pages through symbols in alphabetical order, each bar once, upwards and downwards', async () => {
    await open()
    stepped.moveTo('2013-10-01T14:00:00Z')
    const { stocks } = clients()
    const read = async (sort: 'asc' | 'desc') => {
      const names: string[] = []
      let pageToken: string | null = null
      let pages = 0
      do {
        const page = await stocks.stockBars({
          symbols: 'MSFT,AAPL,GONE',
          timeframe: '1Min',
          ...SINCE,
          limit: 3,
          sort,
          ...(pageToken === null ? {} : { pageToken }),
        })
        for (const [symbol, bars] of Object.entries(page.bars)) {
          for (const bar of bars) names.push(`${symbol} ${String(bar.t).slice(11, 16)} ${bar.c}`)
        }
        pageToken = page.nextPageToken
        pages += 1
      } while (pageToken !== null)
      return { names, pages }
    }
    const AAPL = ['AAPL 13:30 478.5', 'AAPL 13:31 479.75', 'AAPL 13:32 481', 'AAPL 13:33 480.5']
    const MSFT = ['MSFT 13:30 33.36', 'MSFT 13:31 33.25', 'MSFT 13:33 33.45']
    expect(await read('asc')).toEqual({ names: [...AAPL, ...MSFT], pages: 3 })
    expect(await read('desc')).toEqual({ names: [...AAPL.toReversed(), ...MSFT.toReversed()], pages: 3 })
  })

  it('takes start and end as inclusive, and makes coarser bars, the one under way too', async () => {
    await open()
    stepped.moveTo('2013-10-01T13:33:00Z')
    const { stocks } = clients()
    const within = await stocks.stockBars({
      ...AAPL_MINUTE,
      start: new Date('2013-10-01T13:31:00Z'),
      end: new Date('2013-10-01T13:32:00Z'),
    })
    expect(within.bars['AAPL']).toMatchObject([{ o: 478.5 }, { o: 479.8 }])
    const coarse = await stocks.stockBars({ symbols: 'AAPL', timeframe: '2Min', ...SINCE })
    expect(coarse.bars['AAPL']).toMatchObject([
      { t: '2013-10-01T13:30:00Z', o: 478.45, h: 480, l: 478, c: 479.75, v: 2100.5 },
      { t: '2013-10-01T13:32:00Z', o: 479.8, h: 481.5, l: 479.75, c: 481, v: 1200 },
    ])
    expect((await stocks.stockBars({ symbols: 'AAPL', timeframe: '1Day', ...SINCE })).bars).toEqual({})
  })

  it('names days by midnight in New York, in both halves of the year', async () => {
    await open({ bars: parseBars(DAYS, 'days.csv') })
    stepped.moveTo('2013-11-05T20:59:59Z')
    const { stocks } = clients()
    const days = {
      symbols: 'AAPL',
      timeframe: '1Day',
      start: new Date('2013-11-01'),
      end: new Date('2013-11-06'),
    }
    // the clocks went back on 3 November 2013
    expect((await stocks.stockBars(days)).bars['AAPL']).toMatchObject([
      { t: '2013-11-01T04:00:00Z', c: 520 },
      { t: '2013-11-04T05:00:00Z', c: 526 },
    ])
    stepped.moveTo('2013-11-05T21:00:00Z')
    expect((await stocks.stockBars(days)).bars['AAPL']).toHaveLength(3)
  })

  it('has coins at their own endpoint, and the latest bars of both', async () => {
    await open()
    stepped.moveTo('2013-10-01T13:33:30Z')
    const { stocks, crypto } = clients()
    const coins = await crypto.cryptoBars({
      loc: 'us',
      symbols: 'BTC/USD,ETH/USD',
      timeframe: '1Min',
      ...SINCE,
    })
    expect(coins.bars).toMatchObject({ 'BTC/USD': [{ o: 140.12345678, v: 1.25 }, { v: 0.00000001 }] })
    expect((await stocks.stockLatestBars({ symbols: 'AAPL,MSFT,GONE' })).bars).toMatchObject({
      AAPL: { c: 481, t: new Date('2013-10-01T13:32:00Z') },
      MSFT: { c: 33.25, t: new Date('2013-10-01T13:31:00Z') },
    })
    expect((await crypto.cryptoLatestBars({ loc: 'us', symbols: 'BTC/USD' })).bars['BTC/USD']?.c).toBe(141.75)
  })

  it('tells a revised bar from then on', async () => {
    await open()
    stepped.moveTo('2013-10-01T13:31:00Z')
    const [first] = parseBars(MINUTES.replace('478.45,479,478,478.5,1000', '478.45,479,477,478.75,1010'), 'x')
    expect(first && stepped.tape.revise(first)).toBe(true)
    const { bars } = await clients().stocks.stockBars({ ...AAPL_MINUTE, ...SINCE })
    expect(bars['AAPL']).toMatchObject([{ l: 477, c: 478.75, v: 1010 }])
  })

  it('tells of splits as corporate actions', async () => {
    const splits = [
      { symbol: 'AAPL', exDate: '2014-06-09', oldRate: 1, newRate: 7 },
      { symbol: 'MSFT', exDate: '2014-06-10', oldRate: 10, newRate: 1 },
    ]
    await open({ splits })
    const { corporateActions } = await clients().actions.corporateActions({
      symbols: 'AAPL,MSFT',
      start: new Date('2014-06-09'),
      end: new Date('2014-06-30'),
    })
    expect(corporateActions).toMatchObject({
      forwardSplits: [{ symbol: 'AAPL', exDate: new Date('2014-06-09'), oldRate: 1, newRate: 7 }],
      reverseSplits: [{ symbol: 'MSFT', newRate: 1 }],
    })
    const none = await clients().actions.corporateActions({ symbols: 'AAPL', start: new Date('2014-06-10') })
    expect(none.corporateActions.forwardSplits ?? []).toEqual([])
  })

  it('allows a plan its rate, anew each minute', async () => {
    await open({ requestsPerMinute: 1 })
    const { stocks } = clients()
    const ask = () => stocks.stockLatestBars({ symbols: 'AAPL' })
    await ask()
    expect(await refusal(ask())).toMatch(/^429 /)
    stepped.clock.pass(60)
    await expect(ask()).resolves.toBeDefined()
  })

  it('refuses as Alpaca does: keys, symbols, timeframes, limits, the plan, the rate', async () => {
    await open({ feeds: ['iex'], requestsPerMinute: 8 })
    stepped.moveTo('2013-10-01T14:00:00Z')
    const { stocks } = clients()
    const ask = (changes: object) => refusal(stocks.stockBars({ ...AAPL_MINUTE, ...SINCE, ...changes }))
    expect(await refusal(clients('wrong').stocks.stockBars(AAPL_MINUTE))).toBe('403 {"message":"forbidden."}')
    expect(await ask({ symbols: 'AAPL,BRK-B' })).toBe('400 {"message":"invalid symbol: BRK-B"}')
    expect(await ask({ timeframe: '90Min' })).toBe('400 {"message":"invalid timeframe: 90Min"}')
    expect(await ask({ limit: 10_001 })).toMatch(/^400 /)
    expect(await ask({ pageToken: 'bm90IG91cnM=' })).toMatch(/^400 /)
    expect(await ask({ feed: 'sip' })).toBe(
      '403 {"message":"subscription does not permit querying recent SIP data"}',
    )
    const old = await stocks.stockBars({
      ...AAPL_MINUTE,
      ...SINCE,
      end: new Date('2013-10-01T13:44:00Z'),
      feed: 'sip',
    })
    expect(old.bars['AAPL']).toHaveLength(4)
    await stocks.stockBars(AAPL_MINUTE)
    await stocks.stockBars(AAPL_MINUTE)
    expect(await ask({})).toBe('429 {"message":"too many requests."}')
    expect(stepped.server.data?.requests).toBe(10)
  })

  it('answers badly where a fault was ordered', async () => {
    await open()
    stepped.moveTo('2013-10-01T13:31:00Z')
    const both = { symbols: 'AAPL,MSFT', timeframe: '1Min', ...SINCE }
    const { stocks } = clients()
    const on = 'GET /v2/stocks/bars' as const
    for (const kind of ['half_answer', 'wrong_types'] as const) stepped.faults.add({ on, kind })
    expect(Object.keys((await stocks.stockBars(both)).bars)).toEqual(['AAPL'])
    expect((await stocks.stockBars(both)).bars['AAPL']).toMatchObject([{ t: 0, o: 'a lot', v: null }])
    for (const kind of ['429_data', '403_feed', '500'] as const) stepped.faults.add({ on, kind })
    expect(await refusal(stocks.stockBars(both))).toBe('429 {"message":"too many requests."}')
    expect(await refusal(stocks.stockBars(both))).toMatch(/^403 .*SIP/)
    expect(await refusal(stocks.stockBars(both))).toMatch(/^500 /)
    for (const kind of ['torn_bars', 'disconnect_before_accept'] as const) stepped.faults.add({ on, kind })
    await expect(stocks.stockBars(both)).rejects.toThrow(/end of input/)
    await expect(stocks.stockBars(both)).rejects.toThrow(/request failed/)
    expect(Object.keys((await stocks.stockBars(both)).bars)).toEqual(['AAPL', 'MSFT'])
  })
})
