/**
 * A stage in one process for `bench:latency`: the producer, the dispatcher and a lane over an embedded DynamoDB and a queue of this
 * process, the exchange over HTTP and its streams. Its clock runs as the machine's does, and jumps only where nothing is waited for.
 */
import { LiveBars } from '../lib/producer/live-bars.ts'
import { openAlpacaBars } from '../lib/adapters/alpaca/bar-source.ts'
import { AlpacaGateway } from '../lib/adapters/alpaca/gateway.ts'
import { DynamoFoldStore } from '../lib/adapters/dynamodb/fold-store.ts'
import { DynamoSignalRows } from '../lib/adapters/dynamodb/signal-rows.ts'
import { dynamoStores } from '../lib/adapters/dynamodb/stores.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { createTables } from '../lib/adapters/dynamodb/table/tables.ts'
import { openFeatureServices } from '../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../lib/adapters/openfeature/parameter-provider.ts'
import type { AppendedSignals } from '../lib/domain/appended-signals.ts'
import type { TickMessage } from '../lib/domain/tick-message.ts'
import { decimal } from '../lib/domain/decimal.ts'
import { RequestBudget } from '../lib/domain/request-budget.ts'
import { type EpochMs, plusSeconds } from '../lib/domain/time.ts'
import type { ExchangeServer } from '../lib/exchange/http/server.ts'
import { dispatchTick } from '../lib/lanes/dispatch.ts'
import { handleMessage, type TickOutcome } from '../lib/lanes/handle-tick.ts'
import { laneWiring, type LanePorts } from '../lib/lanes/lane-wiring.ts'
import { startEmbeddedDynamo } from '../lib/local/embedded-dynamodb.ts'
import { FifoQueue } from '../lib/local/fifo-queue.ts'
import type { Bar } from '../lib/market/bars.ts'
import { createCalendar } from '../lib/market/calendar/create-calendar.ts'
import { Producer } from '../lib/producer/produce-bars.ts'
import { StoredSignalLog } from '../lib/signals/stored-signal-log.ts'
import { catalogHash } from '../lib/strategy/compile.ts'
import type { StrategyPlugin } from '../lib/strategy/plugin.ts'
import { builtinRegistry } from '../lib/strategy/registry.ts'
import { flagSource } from '../test/support/flag-readings.ts'
import { aStrategy, pluginGiving } from '../test/support/strategy-fixtures.ts'
import { silentTelemetry as telemetry } from '../test/support/telemetry.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { listening } from './latency-stream.ts'
import {
  CALENDAR,
  KEY,
  LABEL,
  type LatencyMarket,
  type MovedClock,
  openMarket,
  type WatchedExchange,
} from './latency-market.ts'

const SOURCE = 'alpaca-iex'
const LANE_MS = 45_000
/** Each bar is an order, from the first one on. */
const alwaysBuys: StrategyPlugin = {
  ...pluginGiving('always_buys', () => ({
    direction: 'buy',
    confidence: decimal('0.5'),
    targetNotional: decimal('1000'),
    explain: ['always'],
  })),
  needs: 'price',
}
let stages = 0

export class LatencyStage {
  readonly clock: MovedClock
  readonly exchange: WatchedExchange
  readonly #server: ExchangeServer
  readonly #queue: FifoQueue<TickMessage, TickOutcome>
  readonly #dispatch: Omit<Parameters<typeof dispatchTick>[1], 'after'>
  readonly #waiting: ReturnType<typeof dynamoStores>['waitingTicks']
  readonly #producer: (ticks: boolean) => Producer
  readonly #strategies: readonly ReturnType<typeof aStrategy>[]
  readonly #closeStore: () => Promise<void>
  readonly #stop = new AbortController()
  /** Ticks that were asked for. */
  readonly #asked: Promise<void>[] = []

  private constructor(
    { clock, exchange, server }: LatencyMarket,
    dynamo: Awaited<ReturnType<typeof startEmbeddedDynamo>>,
    symbols: readonly string[],
  ) {
    const { client } = dynamo
    this.clock = clock
    this.exchange = exchange
    this.#server = server
    this.#closeStore = dynamo.close
    const names = { state: 'state', signals: 'signals' }
    const stores = dynamoStores(client, names, clock, null)
    const signalTable = new ItemTable(client, names.signals)
    this.#waiting = stores.waitingTicks
    this.#strategies = [
      aStrategy('buyer', {
        strategyType: 'always_buys',
        baseTimeframe: '1Min',
        universeSymbols: [...symbols],
      }),
    ]
    const values = {
      TRADING_KILL_SWITCH_ENABLED: 'false',
      TRADING_ENABLED: 'true',
      TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
      TRADING_SIGNAL_SOURCE: SOURCE,
      TRADING_SIGNAL_START: 'earliest',
      TRADING_CALENDAR: CALENDAR,
      // a cycle may meet the bars of two minutes
      TRADING_MAX_ORDERS_PER_CYCLE: '50',
      TRADING_ACCOUNT_LABEL: LABEL,
      TRADING_ACCOUNTS_JSON: JSON.stringify([{ label: LABEL, base_url: server.baseUrl }]),
    }
    const flags = flagSource(clock, () => values)
    const ports: LanePorts = {
      ...stores,
      registry: builtinRegistry([alwaysBuys]),
      environment: {},
      flags,
      gateway: (_, budget) => new AlpacaGateway({ credentials: async () => KEY, budget }),
      randomness: { token: () => crypto.randomUUID() },
      clock,
      telemetry,
      codeVersion: 'bench',
    }
    const wire = laneWiring(ports)
    this.#queue = new FifoQueue((sent) => {
      const deadline = plusSeconds(clock.now(), LANE_MS / 1000)
      const time = { totalMs: LANE_MS, remainingMs: () => deadline - clock.now() }
      return handleMessage({ message: sent, receiveCount: 1 }, ports, (message) =>
        wire(message, { deadline, time }),
      )
    })
    stages += 1
    this.#dispatch = {
      environment: {},
      flags,
      features: openFeatureServices(`latency-${stages}`, new ParameterProvider(flags, 0)),
      roster: stores.roster,
      catalog: stores.catalog,
      executions: stores.executions,
      unmatched: stores.unmatchedOrders,
      queue: this.#queue,
      telemetry,
    }
    this.#producer = (ticks) =>
      new Producer({
        source: SOURCE,
        calendar: createCalendar(CALENDAR),
        own: [],
        version: '1',
        warmUpBars: 0,
        signals: new StoredSignalLog(new DynamoSignalRows(signalTable), clock, null, () => true),
        folds: new DynamoFoldStore(signalTable),
        clock,
        pause: (milliseconds) => sleep(milliseconds),
        telemetry,
        appended: async (position) => {
          if (ticks)
            this.#asked.push(
              this.#tickAfter({ source: SOURCE, position, at: clock.now(), by: 'market-data' }),
            )
        },
      })
  }

  static async open(
    bars: readonly Bar[],
    symbols: readonly string[],
    delayMs: number,
    from: EpochMs,
  ): Promise<LatencyStage> {
    const market = await openMarket(bars, delayMs, from)
    const { clock } = market
    const dynamo = await startEmbeddedDynamo(null)
    await createTables(dynamo.client, { state: 'state', signals: 'signals' })
    const stage = new LatencyStage(market, dynamo, symbols)
    await dynamoStores(dynamo.client, { state: 'state', signals: 'signals' }, clock, null).catalog.apply({
      hash: catalogHash(stage.#strategies),
      strategies: stage.#strategies,
    })
    return stage
  }

  /** Waits until an instant of the market, and lets it tell what has come by then. */
  async until(at: EpochMs): Promise<void> {
    const wait = at - this.clock.now()
    if (wait > 0) await sleep(wait)
    this.#server.step()
  }

  async tick(): Promise<void> {
    await dispatchTick(this.clock.now(), this.#dispatch)
  }

  async #tickAfter({ source, position, at, by }: AppendedSignals): Promise<void> {
    await dispatchTick(at, {
      ...this.#dispatch,
      after: { upTo: { source, position }, by, waiting: this.#waiting },
    })
  }

  #rest() {
    return openAlpacaBars({
      baseUrl: this.#server.baseUrl,
      credentials: KEY,
      feed: 'iex',
      budget: new RequestBudget(200),
    })
  }

  /** What the deployed function does once a minute. */
  producerOf(ticks: boolean): () => Promise<unknown> {
    const producer = this.#producer(ticks)
    return () =>
      producer.run({ strategies: this.#strategies, bars: this.#rest(), remainingMs: () => LANE_MS })
  }

  /** What `torghut stream` does, from now on. */
  async stream(symbols: readonly string[]): Promise<void> {
    const live = new LiveBars()
    const producer = this.#producer(true)
    const [strategies, remainingMs] = [this.#strategies, () => LANE_MS]
    await listening({
      name: SOURCE,
      clock: this.clock,
      live,
      stop: this.#stop.signal,
      wanted: {
        streams: [{ url: `${this.#server.baseUrl.replace('http', 'ws')}/v2/iex`, symbols }],
        credentials: KEY,
      },
      produce: (isPartial) =>
        producer.run({ strategies, bars: live.before(this.#rest()), remainingMs, isPartial }),
    })
  }

  /** Waits until nothing is under way any more: only then may the clock jump. */
  async settled(): Promise<void> {
    await Promise.all(this.#asked.splice(0))
    await this.#queue.drained()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#queue.drained().catch(() => {})
    await this.#server.close()
    this.exchange.close()
    await this.#closeStore()
  }
}
