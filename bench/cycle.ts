/**
 * `npm run bench:cycle`: the whole production cycle over memory adapters, one tick a minute of real bars: read, plan,
 * seal, carry out, commit, as the lane function runs it (handle-tick, from the message's text on). Orders are filled
 * with their symbol's next bar. Timed is the ticks, not the appending of their signals nor the fills.
 */
import { resolve } from 'node:path'
import { memoryStores } from '../lib/adapters/memory/stores.ts'
import { accountLabel } from '../lib/domain/account-label.ts'
import { decimal } from '../lib/domain/decimal.ts'
import type { CatalogHash } from '../lib/domain/ids.ts'
import type { Signal } from '../lib/domain/signal.ts'
import { InProcessBroker } from '../lib/exchange/in-process.ts'
import { PaperExchange } from '../lib/exchange/paper-exchange.ts'
import {
  asEpochMs,
  asMonotonicMs,
  type EpochMs,
  floorToMinute,
  momentOf,
  plusSeconds,
} from '../lib/domain/time.ts'
import { encodeTick } from '../lib/formats/tick-codec.ts'
import { handleTick } from '../lib/lanes/handle-tick.ts'
import { type LanePorts, type LaneWiring, laneWiring } from '../lib/lanes/lane-wiring.ts'
import { catalogHash } from '../lib/strategy/compile.ts'
import { readFeatures } from '../lib/strategy/features.ts'
import { builtinRegistry } from '../lib/strategy/registry.ts'
import { benchStrategies, readInputs } from './inputs.ts'

/** Bars a second of the same cycle wired by hand, on two quiet cores. */
const REFERENCE = new Map([
  [1, 27_000],
  [5, 28_000],
  [20, 25_000],
  [100, 21_000],
])
const ROUNDS = 5
const INVOCATION_MS = 50_000

const LABEL = accountLabel('bench')
const TARGET = { mode: 'paper', baseUrl: 'http://127.0.0.1' } as const
const FLAGS = {
  TRADING_ENABLED: 'true',
  TRADING_KILL_SWITCH_ENABLED: 'false',
  TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
  TRADING_SIGNAL_START: 'earliest',
}
const TELEMETRY = { count: () => {}, measure: () => {}, record: () => {} }

/** One account's lane with everything around it. */
class BenchLane {
  readonly #clock = { now: () => this.#now, monotonic: () => asMonotonicMs(performance.now()) }
  readonly #stores = memoryStores(this.#clock)
  readonly #exchange = new PaperExchange({ clock: this.#clock, alwaysOpen: true })
  readonly #flags: Readonly<Record<string, string>>
  readonly #catalogHash: CatalogHash
  readonly #ports: LanePorts
  readonly #wire: LaneWiring
  #now: EpochMs = asEpochMs(0)
  #tokens = 0

  constructor(source: string, strategies: ReturnType<typeof benchStrategies>) {
    this.#catalogHash = catalogHash(strategies)
    this.#flags = { ...FLAGS, TRADING_SIGNAL_SOURCE: source }
    this.#exchange.openAccount({ label: LABEL, cash: decimal('1000000'), multiplier: decimal(1) })
    const broker = new InProcessBroker(this.#exchange, LABEL, TARGET)
    const accounts = JSON.stringify([{ label: LABEL, base_url: TARGET.baseUrl }])
    this.#ports = {
      ...this.#stores,
      catalog: {
        currentHash: async () => this.#catalogHash,
        readRevision: async (hash) => ({ hash, strategies }),
      },
      registry: builtinRegistry(),
      environment: { TRADING_ACCOUNTS_JSON: accounts },
      flags: {
        readNamed: async () => ({ values: this.#flags, versions: {}, readAt: momentOf(this.#clock) }),
      },
      gateway: () => ({ connect: async () => broker }),
      randomness: { token: () => `token-${(this.#tokens += 1)}` },
      clock: this.#clock,
      telemetry: TELEMETRY,
      codeVersion: 'bench',
    }
    this.#wire = laneWiring(this.#ports)
  }

  get orders(): number {
    return this.#exchange.orders(LABEL).length
  }

  /** Fills open orders with the bars, appends their signals, ticks. Returns the milliseconds that the tick took. */
  async minute(bars: readonly Signal[]): Promise<number> {
    const [first] = bars
    if (first === undefined) throw new Error('a minute without bars')
    this.#now = plusSeconds(first.eventTs, 1)
    this.#fill(bars)
    for (const bar of bars) await this.#stores.signals.append(bar)
    const body = encodeTick({
      kind: 'cycle',
      tickAt: floorToMinute(this.#now),
      account: { label: LABEL, enabled: true, target: TARGET, strategies: null },
      settings: this.#flags,
      killSwitchOn: false,
      admitted: true,
      upTo: null,
      catalogHash: this.#catalogHash,
    })
    const begun = performance.now()
    const remainingMs = () => INVOCATION_MS - (performance.now() - begun)
    const deadline = plusSeconds(this.#now, INVOCATION_MS / 1000)
    const outcome = await handleTick({ body, receiveCount: 1 }, this.#ports, (message) =>
      this.#wire(message, { deadline, time: { totalMs: INVOCATION_MS, remainingMs } }),
    )
    const ms = performance.now() - begun
    if (outcome.kind === 'cycle' && outcome.run.kind === 'done' && outcome.run.signals === bars.length) {
      return ms
    }
    throw new Error(`a tick came to ${JSON.stringify(outcome)}`)
  }

  #fill(bars: readonly Signal[]): void {
    const known = bars.flatMap((bar) => {
      const { price } = readFeatures(bar).values
      return price === null ? [] : [[bar.symbol, price] as const]
    })
    this.#exchange.markPrices(Object.fromEntries(known))
    this.#exchange.fillPending({ prices: new Map(known) })
  }
}

interface Round {
  readonly perSecond: number
  /** Per second of the whole round's processor time: slower, but no other load on the machine shows in it. */
  readonly perCpuSecond: number
  readonly orders: number
}

async function round(minutes: readonly (readonly Signal[])[], strategyCount: number): Promise<Round> {
  const first = minutes[0]?.[0]
  if (first === undefined) throw new Error('there are no bars')
  const lane = new BenchLane(first.source, benchStrategies(strategyCount, first.timeframe))
  const cpu = process.cpuUsage()
  let bars = 0
  let ms = 0
  for (const minute of minutes) {
    ms += await lane.minute(minute)
    bars += minute.length
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    perSecond: (bars * 1000) / ms,
    perCpuSecond: (bars * 1_000_000) / (user + system),
    orders: lane.orders,
  }
}

/** By the instant at which they are known. */
function byMinute(signals: readonly Signal[]): readonly (readonly Signal[])[] {
  const minutes = new Map<EpochMs, Signal[]>()
  for (const signal of signals) {
    const known = minutes.get(signal.eventTs)
    if (known === undefined) minutes.set(signal.eventTs, [signal])
    else known.push(signal)
  }
  return [...minutes].sort(([left], [right]) => left - right).map(([, minute]) => minute)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN
}

function cell(value: number): string {
  return Math.round(value).toLocaleString('en-US').padStart(12)
}

const { barsFile, signals } = readInputs(resolve(import.meta.dirname, '../..'))
const minutes = byMinute(signals)
print(`${signals.length} bars of ${barsFile ?? 'the packaged daily bars'} in ${minutes.length} ticks`)
print(`Node ${process.version}, ${ROUNDS} rounds after one of warming up\n`)
print('  strategies    median/s      best/s  per cpu s   reference      orders')
for (const [count, reference] of REFERENCE) {
  await round(minutes, count)
  const rounds: Round[] = []
  for (let done = 0; done < ROUNDS; done += 1) rounds.push(await round(minutes, count))
  const orders = new Set(rounds.map((one) => one.orders))
  if (orders.size > 1) throw new Error('equal inputs came to different orders')
  const speeds = rounds.map(({ perSecond }) => perSecond)
  const cpu = median(rounds.map(({ perCpuSecond }) => perCpuSecond))
  print([count, median(speeds), Math.max(...speeds), cpu, reference, ...orders].map(cell).join(''))
}
