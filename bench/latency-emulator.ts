/**
 * The latencies of `bench:latency` on the emulator of the walk (docs/emulator.md): a deployed stage, its schedules and queues, the
 * exchange in real time. By the schedule alone signals come by the queue, the moment their bar is to be had.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { setTimeout as sleep } from 'node:timers/promises'
import { dynamoStores } from '../lib/adapters/dynamodb/stores.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { decimal } from '../lib/domain/decimal.ts'
import { asEpochMs, type EpochMs, floorToMinute, formatInstant } from '../lib/domain/time.ts'
import { runMarket } from '../lib/exchange/http/live-market.ts'
import type { Bar } from '../lib/market/bars.ts'
import type { StateStores } from '../lib/ports/state-stores.ts'
import { catalogHash } from '../lib/strategy/compile.ts'
import { type Deployment, deploymentOn } from '../test/e2e/deploy.ts'
import { type Emulator, startEmulator } from '../test/e2e/emulator.ts'
import { type Operator, operatorOf, type RunningVerb } from '../test/e2e/operator.ts'
import { deployPlugins } from '../test/e2e/own-plugins.ts'
import { eventually } from '../test/e2e/poll.ts'
import { aStrategy } from '../test/support/strategy-fixtures.ts'
import {
  CALENDAR,
  KEY,
  LABEL,
  type Latencies,
  type LatencyMarket,
  openMarket,
  type Way,
} from './latency-market.ts'

const MINUTE_MS = 60_000
/** More than all ways take together. */
const PLAYED_MINUTES = 90
/** Within which everything that was told is in force, and has sent a first order of each symbol. */
const READY_SECONDS = 240
const AHEAD_MS = 5000
/** By the schedule alone an order comes with the minute after, and the emulator's beat some seconds late. */
const TRAILING_MS: Readonly<Record<Way, number>> = { schedule: 95_000, tick: 20_000, stream: 20_000 }
const PUSHED = 'pushed'
const ALWAYS_BUYS = `
export const plugins = ({ decimal }) => [
  {
    pluginId: 'always_buys', version: '1.0.0', requiredFeatures: [], needs: 'price',
    evaluate: () => ({
      direction: 'buy', confidence: decimal('0.5'), targetNotional: decimal('1000'), explain: ['always'],
    }),
  },
]
`

export class EmulatorStage {
  readonly #emulator: Emulator
  readonly #deployment: Deployment
  readonly #operator: Operator
  readonly #stores: StateStores
  readonly #market: LatencyMarket
  readonly #delayMs: number
  readonly #stopMarket: () => void

  private constructor(emulator: Emulator, market: LatencyMarket, delayMs: number) {
    this.#emulator = emulator
    this.#deployment = deploymentOn(emulator)
    this.#operator = operatorOf(emulator)
    const { stateTable: state, signalTable: signals } = this.#deployment.names
    this.#stores = dynamoStores(new DynamoDBClient(emulator.client), { state, signals }, systemClock, null)
    this.#market = market
    this.#delayMs = delayMs
    this.#stopMarket = runMarket(market.server, market.tape)
  }

  /** Deploys, and plays minute bars of these symbols from now on. */
  static async open(symbols: readonly string[], delayMs: number): Promise<EmulatorStage> {
    const from = systemClock.now()
    const market = await openMarket(barsFrom(floorToMinute(from), symbols), delayMs, from)
    const emulator = await startEmulator()
    const stage = new EmulatorStage(emulator, market, delayMs)
    try {
      await stage.#prepare()
    } catch (error) {
      await stage.close()
      throw error
    }
    return stage
  }

  async #prepare(): Promise<void> {
    await this.#deployment.bootstrap()
    await this.#deployment.deploy({ marketDataAccount: LABEL })
    await deployPlugins(this.#emulator, this.#deployment, ALWAYS_BUYS)
    const flags = {
      TRADING_ACCOUNT_LABEL: LABEL,
      TRADING_ACCOUNTS_JSON: JSON.stringify([{ label: LABEL, base_url: this.#market.server.baseUrl }]),
      TRADING_MARKET_DATA_ACCOUNT: LABEL,
      TRADING_CALENDAR: CALENDAR,
      TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
      TRADING_MARKET_DATA_WARM_UP_BARS: '0',
      TRADING_SIGNAL_START: 'earliest',
      TRADING_MAX_ORDERS_PER_CYCLE: '50',
      TRADING_ENABLED: 'true',
    }
    for (const [name, value] of Object.entries(flags)) await this.#set(name, value)
    await this.#operator.json(['accounts', 'put-credentials', LABEL], {
      APCA_API_KEY_ID: KEY.keyId,
      APCA_API_SECRET_KEY: KEY.secret,
    })
    await this.#operator.json(['kill', 'off', '--confirm', LABEL])
  }

  /** From the end of each of some minutes' bars to its order. */
  async measure(way: Way, symbols: readonly string[], minutes: number): Promise<Latencies> {
    await this.#apply(symbols)
    await this.#set('TRADING_SIGNAL_SOURCE', way === 'schedule' ? PUSHED : 'alpaca-iex')
    if (way === 'tick') await this.#set('TRADING_MARKET_DATA', 'alpaca')
    // not set, or not any more
    else await this.#operator.run(['flags', 'unset', 'TRADING_MARKET_DATA'])
    const stream = way === 'stream' ? await this.#stream() : null
    await this.#ready(way, symbols)
    const first = asEpochMs(floorToMinute(asEpochMs(systemClock.now() + AHEAD_MS)) + MINUTE_MS)
    const ends = Array.from({ length: minutes }, (_, minute) => first + minute * MINUTE_MS)
    for (const end of ends) {
      await sleep(Math.max(0, end + this.#delayMs - systemClock.now()))
      if (way === 'schedule') await this.#push(symbols, asEpochMs(end))
    }
    await sleep(TRAILING_MS[way])
    await stream?.stop()
    return this.#latencies(symbols, ends)
  }

  /** The bar that has closed last is an order too. */
  async #ready(way: Way, symbols: readonly string[]): Promise<void> {
    if (way === 'schedule') await this.#push(symbols, floorToMinute(systemClock.now()))
    const { arrivals } = this.#market.exchange
    await eventually(`a first order of each of ${symbols.length} symbols`, READY_SECONDS, async () =>
      symbols.every((symbol) => arrivals.some((one) => one.symbol === symbol)) ? true : null,
    )
  }

  async #latencies(symbols: readonly string[], ends: readonly number[]): Promise<Latencies> {
    const eventOf = new Map<string, EpochMs>()
    for await (const { clientOrderId, eventTs } of this.#stores.decisions.listDecisions(LABEL))
      eventOf.set(clientOrderId, eventTs)
    const latencies = this.#market.exchange.arrivals.flatMap(({ symbol, at, clientOrderId }) => {
      const end = eventOf.get(clientOrderId)
      return end !== undefined && symbols.includes(symbol) && ends.includes(end) ? [at - end] : []
    })
    return { latencies, expected: symbols.length * ends.length }
  }

  async #apply(symbols: readonly string[]): Promise<void> {
    const kept = { strategyType: 'always_buys', baseTimeframe: '1Min', universeSymbols: [...symbols] }
    const strategies = [aStrategy('buyer', kept)]
    await this.#stores.catalog.apply({ hash: catalogHash(strategies), strategies })
  }

  async #stream(): Promise<RunningVerb> {
    const stream = this.#operator.start(['stream'])
    const { bars } = this.#market.server
    await eventually('a listener', 60, async () => ((bars?.listening ?? 0) > 0 ? true : null))
    return stream
  }

  async #push(symbols: readonly string[], end: EpochMs): Promise<void> {
    const sqs = new SQSClient(this.#emulator.client)
    const QueueName = this.#deployment.names.queue('signals')
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
    const records = symbols.map((symbol) => ({
      event_ts: formatInstant(end),
      symbol,
      timeframe: '1Min',
      seq: end / 1000,
      source: PUSHED,
      payload: { price: '100' },
    }))
    const [MessageGroupId, MessageDeduplicationId] = [PUSHED, `${symbols[0] ?? ''}-${end}`]
    const MessageBody = JSON.stringify(records)
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageGroupId, MessageDeduplicationId, MessageBody }))
  }

  #set(name: string, value: string): Promise<unknown> {
    return this.#operator.json(['flags', 'set', name, value, '--confirm', LABEL])
  }

  async close(): Promise<void> {
    this.#stopMarket()
    await this.#market.server.close()
    this.#market.exchange.close()
    await this.#emulator.stop()
  }
}

function barsFrom(from: EpochMs, symbols: readonly string[]): readonly Bar[] {
  return symbols.flatMap((symbol) =>
    Array.from({ length: PLAYED_MINUTES }, (_, minute): Bar => {
      const price = decimal(String(100 + (minute % 3)))
      const startsAt = asEpochMs(from + minute * MINUTE_MS)
      return { startsAt, symbol, open: price, high: price, low: price, close: price, volume: decimal('100') }
    }),
  )
}
