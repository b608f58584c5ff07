/**
 * A deployment that feeds itself: it reads the minute bars that the exchange plays in real time, and nobody pushes a signal. Orders
 * are filled; the producer is killed in mid-fetch and what it knows of its series is deleted once; what stands in the log, and what
 * is decided by it, is what a backtest makes of the same bars. A symbol more is fed by `torghut stream` alone.
 */
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import canonicalize from 'canonicalize'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { systemClock } from '../../lib/adapters/system/system-clock.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Decision } from '../../lib/domain/decision.ts'
import type { LoggedSignal, Signal } from '../../lib/domain/signal.ts'
import { asEpochMs, formatInstant, instant } from '../../lib/domain/time.ts'
import { FaultPlan } from '../../lib/exchange/faults.ts'
import { runMarket } from '../../lib/exchange/http/live-market.ts'
import { ExchangeServer } from '../../lib/exchange/http/server.ts'
import { MarketFollower } from '../../lib/exchange/market-data/market-follower.ts'
import { MarketTape } from '../../lib/exchange/market-data/market-tape.ts'
import { shiftedBars } from '../../lib/exchange/market-data/shifted-bars.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { hasRecordedBars, RECORDED_BARS } from '../support/shared-folder.ts'
import { deploymentOn, type Deployment } from './deploy.ts'
import { startEmulator, type Emulator } from './emulator.ts'
import { killFunction } from './function-processes.ts'
import { judgedBars } from './judged-bars.ts'
import { operatorOf, type Operator } from './operator.ts'
import { eventually } from './poll.ts'

const PAPER = accountLabel('paper')
const KEY = { keyId: 'key-of-paper', secret: 'secret-of-paper' }
const SOURCE = 'alpaca-iex'
const SYMBOLS = ['BAC', 'IBM', 'SPY']
/** Read by nobody but the stream. */
const STREAMED = 'AIG'
/** This minute of the file is the present one. */
const NOW_IN_FILE = instant('2013-10-09T15:30:00Z')
const BEFORE_IN_FILE = instant('2013-10-09T13:30:00Z')
const AFTER_IN_FILE = instant('2013-10-09T20:00:00Z')
const WARM_UP = 60
const PLAYED_MINUTES = 2

describe.skipIf(!hasRecordedBars)('a deployment that feeds itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'torghut-fed-'))
  const strategies = join(folder, 'strategies.json')
  let emulator: Emulator
  let deployment: Deployment
  let operator: Operator
  let stores: StateStores
  let dynamo: DynamoDBClient
  let bars: readonly Bar[]
  let exchange: PaperExchange
  let server: ExchangeServer
  let faults: FaultPlan
  let stopMarket: () => void

  beforeAll(async () => {
    emulator = await startEmulator()
    deployment = deploymentOn(emulator)
    operator = operatorOf(emulator)
    dynamo = new DynamoDBClient(emulator.client)
    const { stateTable: state, signalTable: signals } = deployment.names
    stores = dynamoStores(dynamo, { state, signals }, systemClock, null)
    await deployment.bootstrap()
    await deployment.deploy({ marketDataAccount: PAPER })
    await play()
  })

  afterAll(async () => {
    stopMarket?.()
    await server?.close()
    exchange?.close()
    await emulator?.stop()
  })

  /** From now on minute by minute, with the morning before it. */
  async function play(): Promise<void> {
    const morning = parseBars(readFileSync(RECORDED_BARS, 'utf8'), RECORDED_BARS).filter(
      ({ symbol, startsAt }) =>
        [...SYMBOLS, STREAMED].includes(symbol) && startsAt >= BEFORE_IN_FILE && startsAt < AFTER_IN_FILE,
    )
    bars = shiftedBars(morning, NOW_IN_FILE, systemClock.now())
    exchange = new PaperExchange({ clock: systemClock, alwaysOpen: true })
    exchange.openAccount({ label: PAPER, cash: decimal('1000000') })
    const tape = new MarketTape({
      bars,
      clock: systemClock,
      delayMs: 500,
      calendar: createCalendar('always'),
    })
    const follower = new MarketFollower({ exchange, tape, fills: 'at_once' })
    faults = new FaultPlan()
    server = await ExchangeServer.listen({
      exchange,
      keys: [{ label: PAPER, ...KEY }],
      faults,
      market: { tape, follower, requestsPerMinute: 200 },
    })
    stopMarket = runMarket(server, tape)
  }

  const set = (name: string, value: string) =>
    operator.json(['flags', 'set', name, value, '--confirm', PAPER])

  async function apply(symbols: readonly string[]): Promise<void> {
    const params = { max_notional_per_trade: '5000' }
    const kept = { enabled: true, base_timeframe: '1Min', universe_symbols: symbols, params }
    const list = [
      { id: 'classic', name: 'classic', strategy_type: 'legacy_macd_rsi', version: '1.0.0', ...kept },
      { id: 'momentum', name: 'momentum', strategy_type: 'intraday_tsmom', version: '1.1.0', ...kept },
    ]
    writeFileSync(strategies, JSON.stringify(list))
    await operator.json(['strategies', 'apply', strategies])
  }

  async function log(): Promise<readonly LoggedSignal[]> {
    return (await stores.signals.readAfter(SOURCE, 0, 1000, asEpochMs(0), true)).signals
  }

  /** Waits until the log holds bars that ended after an instant, of every symbol. */
  function logged(after: number, seconds: number, symbols = SYMBOLS): Promise<true> {
    return eventually(`bars after ${new Date(after).toISOString()}`, seconds, async () => {
      const found = await log()
      const ends = symbols.map((symbol) =>
        Math.max(
          0,
          ...found.filter(({ signal }) => signal.symbol === symbol).map(({ signal }) => signal.eventTs),
        ),
      )
      return ends.every((end) => end > after) ? true : null
    })
  }

  it('is told what to trade, by which key, and nothing else', async () => {
    await set('TRADING_ACCOUNTS_JSON', JSON.stringify([{ label: PAPER, base_url: server.baseUrl }]))
    const flags = {
      TRADING_CALENDAR: 'always',
      TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
      TRADING_SIGNAL_SOURCE: SOURCE,
      TRADING_SIGNAL_START: 'earliest',
      TRADING_SIGNAL_MAX_AGE_SECONDS: '36000',
      TRADING_MARKET_DATA_WARM_UP_BARS: String(WARM_UP),
      TRADING_ENABLED: 'true',
    }
    for (const [name, value] of Object.entries(flags)) await set(name, value)
    await operator.json(['accounts', 'put-credentials', PAPER], {
      APCA_API_KEY_ID: KEY.keyId,
      APCA_API_SECRET_KEY: KEY.secret,
    })
    await apply(SYMBOLS)
    await operator.json(['kill', 'off', '--confirm', PAPER])
    expect(await stores.signals.end(SOURCE)).toBe(0)
  })

  it('reads the bars of before and each new one, and its orders are filled', async () => {
    await set('TRADING_MARKET_DATA', 'alpaca')
    await logged(0, 100)
    const filled = await eventually('filled orders', 60, async () => {
      const orders = exchange.orders(PAPER)
      return orders.length > 0 && orders.every(({ status }) => status === 'filled') ? orders.length : null
    })
    expect(filled).toBeGreaterThan(0)
  })

  it('goes on where it was when it is killed in mid-fetch and has lost what it knew', async () => {
    const asked = server.data?.requests ?? 0
    // the next reading of bars is never answered
    faults.add({ on: 'GET /v2/stocks/bars', kind: 'timeout_before_accept' })
    await eventually('a fetch', 75, async () => ((server.data?.requests ?? 0) > asked ? true : null))
    const { group } = emulator
    if (group !== null) killFunction(deployment.names.function('market-data'), group)
    const { signalTable: TableName } = deployment.names
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName }))
    for (const { pk, sk } of Items) {
      if (pk?.S?.startsWith('fold#') === true && sk !== undefined)
        await dynamo.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }))
    }
    expect(await logged(Date.now() - 30_000, 60 * (PLAYED_MINUTES + 1))).toBe(true)
  })

  it('is fed by the stream of bars, which brings a further symbol from its first bars on', async () => {
    // without the flag the function reads nothing, and the stream needs none
    await operator.json(['flags', 'unset', 'TRADING_MARKET_DATA'])
    await apply([...SYMBOLS, STREAMED])
    const stream = operator.start(['stream'])
    await eventually('a listener', 60, async () => ((server.bars?.listening ?? 0) > 0 ? true : null))
    await logged(0, 60, [STREAMED])
    const { code, stdout } = await stream.stop()
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { source: SOURCE, ended: 'stopped' }])
  })

  it('has logged and decided what a backtest makes of the same bars', async () => {
    const found = await log()
    const played = bars.filter(({ symbol, startsAt }) => {
      const own = found.filter(({ signal }) => signal.symbol === symbol).map(({ signal }) => signal.eventTs)
      const end = startsAt + 60_000
      return end >= Math.min(...own) && end <= Math.max(...own)
    })
    const judged = await judgedBars(played, readFileSync(strategies, 'utf8'))
    const shown = ({ symbol, eventTs, seq, timeframe, payload }: Signal) =>
      canonicalize([formatInstant(eventTs), symbol, timeframe, seq, payload]) ?? ''
    expect(found.map(({ signal }) => shown(signal)).sort()).toEqual(judged.signals.map(shown).sort())
    const wanted = judged.decisions.map(inWords)
    const decided: string[] = []
    await eventually('all decisions', 90, async () => {
      decided.length = 0
      for await (const { eventTs, symbol, side } of stores.decisions.listDecisions(PAPER))
        decided.push(inWords({ eventTs, symbol, side }))
      const lane = await stores.lanes.readLane(PAPER, SOURCE)
      return lane?.cursor === found.at(-1)?.position ? true : null
    })
    expect(wanted.length).toBeGreaterThan(0)
    expect(decided.sort()).toEqual(wanted.sort())
  })
})

function inWords({ eventTs, symbol, side }: Pick<Decision, 'eventTs' | 'symbol' | 'side'>): string {
  return `${formatInstant(eventTs)} ${symbol} ${side}`
}
