/** Processes that stream the market's bars (docs/market-data.md): one of them under the lease, the other one a spare. */
import { DynamoForwarderLease } from '../../../lib/adapters/dynamodb/forwarder-lease.ts'
import { ItemTable } from '../../../lib/adapters/dynamodb/table/item-table.ts'
import { readCredentials } from '../../../lib/adapters/ssm/credentials.ts'
import { accountLabel } from '../../../lib/domain/account-label.ts'
import { marketStreamUrl } from '../../../lib/domain/market-data-source.ts'
import { isCrypto } from '../../../lib/domain/symbol.ts'
import { MARKET_DATA_NAMES, resolveMarketData } from '../../../lib/flags/fleet.ts'
import { streamBars, type WantedStreams } from '../../../lib/operations/stream-bars.ts'
import { LiveBars } from '../../../lib/producer/live-bars.ts'
import { wantedSeries } from '../../../lib/series/wanted-series.ts'
import { BarStream } from './bar-stream.ts'
import type { BarTape } from './bar-tape.ts'
import type { Checker } from './checker.ts'
import type { Cloud } from './cloud.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import { kept } from './functions.ts'
import type { Host } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Companion, LongProcesses, type RunningProcess } from './long-processes.ts'
import { type MarketDataDeps, producerOf } from './market-data-functions.ts'
import { streamOf } from './random.ts'
import { CREDENTIALS_PATH, MARKET_SOURCE, TABLES } from './stage-names.ts'

export interface StreamersOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly cloud: Cloud
  readonly exchange: SimulatedExchange
  readonly checker: Checker
  readonly tape: BarTape
  readonly deps: MarketDataDeps
}

/** No run is ever short of time. */
const PLENTY_MS = 600_000

export class Streamers implements Companion {
  readonly #options: StreamersOptions
  readonly #stream: BarStream
  readonly #processes: LongProcesses

  constructor(options: StreamersOptions) {
    this.#options = options
    const mayEnd: Checker['forwarders']['mayEnd'] = (invocation) =>
      options.checker.forwarders.mayEnd(invocation)
    this.#stream = new BarStream({ ...options, onRefused: mayEnd })
    this.#processes = new LongProcesses({
      ...options,
      random: streamOf(options.seed, 'streamers'),
      name: 'streamer',
      groups: [MARKET_SOURCE],
      onStop: mayEnd,
      run: (host, running) => this.#run(host, running),
    })
  }

  start(): void {
    this.#stream.start()
    this.#processes.start()
  }

  stop(): void {
    this.#processes.stop()
  }

  tick(tick: number, at: number): void {
    const kinds = { lost: 'bar_stream_lost', killed: 'streamer_killed', stopped: 'streamer_stopped' } as const
    this.#processes.tick(tick, at, kinds, (_, ...lost) => this.#stream.lose(...lost))
  }

  /** As `torghut stream` does. */
  async #run(host: Host, { invocation, end }: RunningProcess): Promise<void> {
    const { deps, checker } = this.#options
    const { functions } = deps
    const live = new LiveBars()
    const environment = { TRADING_MARKET_DATA: 'alpaca', ...functions.environment }
    const producer = producerOf(host, deps, 'stream', environment, {
      front: (source) => live.before(source),
      // what is live is there at once; what is asked for is asked again with the next minute
      pause: async () => undefined,
    })
    await streamBars(
      accountLabel(MARKET_SOURCE),
      {
        lease: new DynamoForwarderLease(
          new ItemTable(functions.services.dynamo(host), TABLES.state),
          'streamers',
        ),
        clock: host.clock,
        telemetry: functions.telemetry,
        pause: (milliseconds, until) => this.#processes.pause(invocation, milliseconds, until),
        owner: invocation.name,
        streams: this.#stream.of(invocation),
        live,
        wanted: () => this.#wanted(host, environment),
        produce: (isPartial) => {
          checker.messagesSent(invocation, [])
          return producer.run(() => PLENTY_MS, isPartial)
        },
      },
      { stop: end.signal, onState: () => undefined },
    )
  }

  async #wanted(
    host: Host,
    environment: Readonly<Record<string, string | undefined>>,
  ): Promise<WantedStreams> {
    const { stores, flags, parameters } = kept(host, this.#options.deps.functions)
    const { values } = await flags.readNamed(MARKET_DATA_NAMES)
    const { settings, target } = resolveMarketData(environment, values)
    const hash = await stores.catalog.currentHash()
    const strategies = hash === null ? [] : ((await stores.catalog.readRevision(hash))?.strategies ?? [])
    const symbols = wantedSeries(strategies).series.map(({ symbol }) => symbol)
    const groups = [
      { path: `/v2/${settings.marketDataFeed}`, symbols: symbols.filter((one) => !isCrypto(one)) },
      { path: '/v1beta3/crypto/us', symbols: symbols.filter(isCrypto) },
    ].filter((group) => group.symbols.length > 0)
    return {
      streams: groups.map((group) => ({ url: marketStreamUrl(target, group.path), symbols: group.symbols })),
      credentials: await readCredentials(parameters, CREDENTIALS_PATH, settings.marketDataAccount),
    }
  }
}
