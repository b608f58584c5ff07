/**
 * The exchange's data endpoints and streams, read by the official SDK's own REST client and streams. Expected bars are the lines of the
 * file, expected forms those of Alpaca's documentation.
 */
import { streaming } from '@alpacahq/alpaca-trade-api'
import { marketData } from '@alpacahq/alpaca-trade-api/rest'
import { WebSocket } from 'ws'
import { afterEach, describe, expect, it } from 'vitest'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { ALPHA, ALPHA_KEY, brokerOf, order } from '../support/paper-exchange-fixture.ts'
import { SteppedExchange, type SteppedOptions } from '../support/market-exchange.ts'

/** Two shares and a coin, from 9:30 in New York on; MSFT has no bar of 9:32. */
const FILE = `timestamp,symbol,open,high,low,close,volume
2013-10-01T13:30:00Z,AAPL,478.45,479,478,478.5,1000
2013-10-01T13:31:00Z,AAPL,478.5,480,478.25,479.75,1100.5
2013-10-01T13:32:00Z,AAPL,479.8,481.5,479.75,481,1200
2013-10-01T13:33:00Z,AAPL,481,481,480,480.5,900
2013-10-01T13:30:00Z,MSFT,33.35,33.4,33.3,33.36,5000
2013-10-01T13:31:00Z,MSFT,33.36,33.37,33.2,33.25,4000
2013-10-01T13:33:00Z,MSFT,33.3,33.5,33.3,33.45,4500
2013-10-01T13:30:00Z,BTC/USD,140.12345678,141,140,140.5,1.25
2013-10-01T13:31:00Z,BTC/USD,140.5,142,140.5,141.75,0.00000001
`
const DAYS = `timestamp,symbol,open,high,low,close,volume
2013-11-01,AAPL,524,525,520,520,100
2013-11-04,AAPL,521,527,518,526,200
2013-11-05,AAPL,525,528,521,522,300
`

let stepped: SteppedExchange
const streams: streaming.MarketDataStream[] = []
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.disconnect()
  await stepped.close()
})

async function open(options: Partial<SteppedOptions> = {}): Promise<SteppedExchange> {
  stepped = await SteppedExchange.open({ bars: parseBars(FILE, 'bars.csv'), ...options })
  return stepped
}

function clients(secret = ALPHA_KEY.secret) {
  const configuration = new marketData.Configuration({
    basePath: stepped.baseUrl,
    keyId: ALPHA_KEY.keyId,
    secret,
    retry: { maxRetries: 0 },
  })
  return { stocks: new marketData.StockApi(configuration), crypto: new marketData.CryptoApi(configuration) }
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
    const [first] = parseBars(FILE.replace('478.45,479,478,478.5,1000', '478.45,479,477,478.75,1010'), 'x')
    expect(first && stepped.tape.revise(first)).toBe(true)
    const { bars } = await clients().stocks.stockBars({ ...AAPL_MINUTE, ...SINCE })
    expect(bars['AAPL']).toMatchObject([{ l: 477, c: 478.75, v: 1010 }])
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

/** A stream of the SDK that has been connected, with what it heard. */
function stream(made: streaming.MarketDataStream) {
  streams.push(made)
  const heard: string[] = []
  const note = (mark: string) => (bar: streaming.StreamBar) =>
    heard.push(`${mark} ${bar.symbol} ${bar.timestampRaw} ${bar.open} ${bar.close} ${bar.volume}`)
  made.onBar(note('b')).onUpdatedBar(note('u')).onDailyBar(note('d'))
  made.connect()
  return heard
}

const { keyId, secret: SECRET } = ALPHA_KEY
const OPTIONS = { credentials: { keyId, secret: SECRET }, reconnect: false }

async function subscribed(count = 1): Promise<void> {
  await expect.poll(() => stepped.server.bars?.listening).toBe(count)
}

describe('bars over the SDK’s streams', () => {
  it('tells each bar as it comes, to those that asked for its symbol', async () => {
    await open()
    const shares = new streaming.StockDataStream({ ...OPTIONS, url: stepped.streamUrl('/v2/iex') })
    shares.subscribeForBars(['AAPL'])
    shares.subscribeForUpdatedBars(['AAPL'])
    const heard = stream(shares)
    const coins = new streaming.CryptoDataStream({ ...OPTIONS, url: stepped.streamUrl('/v1beta3/crypto/us') })
    coins.subscribeForBars(['*'])
    const heardOfCoins = stream(coins)
    await subscribed(2)
    expect(stepped.step()).toBe(Date.parse('2013-10-01T13:31:00Z'))
    await expect.poll(() => heard).toEqual(['b AAPL 2013-10-01T13:30:00.000000000Z 478.45 478.5 1000'])
    stepped.step()
    const [first] = parseBars(FILE.replace('478.5,1000', '478.75,1010'), 'x')
    if (first !== undefined) stepped.tape.revise(first)
    stepped.step()
    await expect
      .poll(() => heard.slice(1))
      .toEqual([
        'b AAPL 2013-10-01T13:31:00.000000000Z 478.5 479.75 1100.5',
        'b AAPL 2013-10-01T13:32:00.000000000Z 479.8 481 1200',
        'u AAPL 2013-10-01T13:30:00.000000000Z 478.45 478.75 1010',
      ])
    expect(heardOfCoins).toEqual([
      'b BTC/USD 2013-10-01T13:30:00.000000000Z 140.12345678 140.5 1.25',
      'b BTC/USD 2013-10-01T13:31:00.000000000Z 140.5 141.75 1e-8',
    ])
    shares.unsubscribeFromBars(['AAPL'])
    await subscribed(1)
    expect(stepped.step()).not.toBeNull()
    expect(stepped.step()).toBeNull()
    expect(heard).toHaveLength(4)
  })

  it('speaks JSON to those that say nothing of msgpack', async () => {
    await open()
    const socket = new WebSocket(stepped.streamUrl('/v2/iex'))
    const heard: string[] = []
    socket.on('message', (data) => heard.push(String(data)))
    await expect.poll(() => heard).toEqual(['[{"T":"success","msg":"connected"}]'])
    socket.send('{"action":"subscribe","bars":["AAPL"]}')
    socket.send(JSON.stringify({ action: 'auth', key: ALPHA_KEY.keyId, secret: ALPHA_KEY.secret }))
    socket.send('{"action":"subscribe","bars":["AAPL"]}')
    await expect.poll(() => heard.length).toBe(4)
    expect(heard[1]).toBe('[{"T":"error","code":401,"msg":"not authenticated"}]')
    expect(heard[3]).toContain('"T":"subscription"')
    stepped.step()
    await expect
      .poll(() => heard[4])
      .toBe(
        '[{"T":"b","S":"AAPL","t":"2013-10-01T13:30:00Z","o":478.45,"h":479,"l":478,"c":478.5,"v":1000,"n":1,"vw":478.5}]',
      )
    socket.close()
  })

  it('refuses a wrong key, a plan without the feed, and a second connection', async () => {
    await open({ feeds: ['iex'] })
    const connect = async (path: string, secret = ALPHA_KEY.secret) => {
      const made = new streaming.StockDataStream({
        ...OPTIONS,
        credentials: { keyId, secret },
        url: stepped.streamUrl(path),
      })
      const said: string[] = []
      made.on(streaming.EVENT.CLIENT_ERROR, (message: string) => said.push(message))
      made.subscribeForBars(['AAPL'])
      stream(made)
      return said
    }
    const first = await connect('/v2/iex')
    await subscribed()
    const [second, sip, wrong] = await Promise.all([
      connect('/v2/iex'),
      connect('/v2/sip'),
      connect('/v2/iex', 'wrong'),
    ])
    await expect.poll(() => second).toEqual(['connection limit exceeded'])
    await expect.poll(() => sip).toEqual(['insufficient subscription'])
    await expect.poll(() => wrong).toEqual(['auth failed'])
    expect(first).toEqual([])
  })

  it('drops its streams without a word, and tells nothing twice to those that come back', async () => {
    await open()
    const made = new streaming.StockDataStream({
      ...OPTIONS,
      url: stepped.streamUrl('/v2/iex'),
      reconnect: true,
      initialReconnectMs: 400,
    })
    made.subscribeForBars(['AAPL'])
    const heard = stream(made)
    await subscribed()
    stepped.step()
    await expect.poll(() => heard.length).toBe(1)
    stepped.server.bars?.drop()
    await subscribed(0)
    stepped.step()
    await subscribed(1)
    stepped.step()
    await expect
      .poll(() => heard.map((line) => line.slice(7, 23)))
      .toEqual(['2013-10-01T13:30', '2013-10-01T13:32'])
  })
})

describe('orders in a market of bars', () => {
  it('fill at the first open after they were sent, when time moves on', async () => {
    await open()
    const broker = brokerOf(stepped)
    stepped.step()
    expect(stepped.exchange.state.prices.get('AAPL')).toBe(47_850_000_000n)
    await broker.submit(order('one'))
    expect(stepped.exchange.orders(ALPHA)).toMatchObject([{ status: 'new', filled_qty: '0' }])
    stepped.step()
    expect(stepped.exchange.orders(ALPHA)).toMatchObject([{ status: 'filled', filled_avg_price: '478.5' }])
  })

  it('fill at the open of the bar under way where that is asked for', async () => {
    await open({ fills: 'at_once' })
    stepped.step()
    const broker = brokerOf(stepped)
    const answer = await broker.submit(order('one'))
    expect(answer).toMatchObject({ kind: 'accepted', order: { status: 'new' } })
    expect(stepped.exchange.orders(ALPHA)).toMatchObject([{ status: 'filled', filled_avg_price: '478.5' }])
  })
})
