/**
 * The exchange's streams of bars, heard by the official SDK's own streams, and orders in its market. Expected bars are the lines of the
 * file.
 */
import { streaming } from '@alpacahq/alpaca-trade-api'
import { WebSocket } from 'ws'
import { afterEach, describe, expect, it } from 'vitest'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { DAYS, MINUTES } from '../support/market-bars.ts'
import { ALPHA, ALPHA_KEY, brokerOf, order } from '../support/paper-exchange-fixture.ts'
import { SteppedExchange, type SteppedOptions } from '../support/market-exchange.ts'

let stepped: SteppedExchange
const streams: streaming.MarketDataStream[] = []
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.disconnect()
  await stepped.close()
})

async function open(options: Partial<SteppedOptions> = {}): Promise<SteppedExchange> {
  stepped = await SteppedExchange.open({ bars: parseBars(MINUTES, 'bars.csv'), ...options })
  return stepped
}

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
    const [first] = parseBars(MINUTES.replace('478.5,1000', '478.75,1010'), 'x')
    if (first !== undefined) stepped.tape.revise(first)
    stepped.step()
    await expect
      .poll(() => heard.slice(1))
      .toEqual([
        'b AAPL 2013-10-01T13:31:00.000000000Z 478.5 479.75 1100.5',
        'b AAPL 2013-10-01T13:32:00.000000000Z 479.8 481 1200',
        'u AAPL 2013-10-01T13:30:00.000000000Z 478.45 478.75 1010',
      ])
    // of a connection of its own
    await expect
      .poll(() => heardOfCoins)
      .toEqual([
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

  it('goes silent without closing, which a client has to notice by itself', async () => {
    await open()
    const made = new streaming.StockDataStream({ ...OPTIONS, url: stepped.streamUrl('/v2/iex') })
    made.subscribeForBars(['AAPL'])
    const heard = stream(made)
    await subscribed()
    if (stepped.server.bars !== null) stepped.server.bars.isSilent = true
    stepped.step()
    if (stepped.server.bars !== null) stepped.server.bars.isSilent = false
    stepped.step()
    await expect.poll(() => heard.map((line) => line.slice(7, 23))).toEqual(['2013-10-01T13:31'])
  })

  it('tells days when their sessions have closed', async () => {
    await open({ bars: parseBars(DAYS, 'days.csv') })
    const made = new streaming.StockDataStream({ ...OPTIONS, url: stepped.streamUrl('/v2/sip') })
    made.on(streaming.STATE.AUTHENTICATED, () => made.subscribeForDailyBars(['AAPL']))
    const heard = stream(made)
    await subscribed()
    expect(stepped.step()).toBe(Date.parse('2013-11-01T20:00:00Z'))
    await expect.poll(() => heard).toEqual(['d AAPL 2013-11-01T04:00:00.000000000Z 524 520 100'])
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
