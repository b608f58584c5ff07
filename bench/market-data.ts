/**
 * `npm run bench:market-data`: one minute of 500 symbols through the producer of bars, as it is deployed but for the network: each
 * call to the state takes 8 ms more, each request to the broker 100 ms. Printed: requests, time, calls to the state, of a process
 * that begins and of one that has run before. Bounds: 20 s, and the free plan's 200 requests a minute.
 */
import { MemoryBarSource } from '../lib/adapters/memory/bar-source.ts'
import { MemoryFoldStore } from '../lib/adapters/memory/fold-store.ts'
import { MemorySignalRows } from '../lib/adapters/memory/signal-rows.ts'
import { decimal } from '../lib/domain/decimal.ts'
import { asEpochMs, asMonotonicMs, instant } from '../lib/domain/time.ts'
import { createCalendar } from '../lib/market/calendar/create-calendar.ts'
import type { BarQuery, SourceBar } from '../lib/ports/bar-source.ts'
import { Producer } from '../lib/producer/produce-bars.ts'
import { StoredSignalLog } from '../lib/signals/stored-signal-log.ts'
import { countsAsPast } from '../lib/strategy/history.ts'

const SYMBOLS = 500
const STATE_MS = 8
const BROKER_MS = 100
const LONGEST_MS = 20_000
const MOST_REQUESTS = 200
/** A function of 1 GB has so much of a processor's time, about; the rest is waiting. */
const INVOCATION_MS = 55_000
const MINUTES = 3

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let stateCalls = 0
/** Each call takes longer. */
function slowed<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (watched, name) => {
      const member: unknown = Reflect.get(watched, name, watched)
      if (typeof member !== 'function' || name === 'fits') return member
      return async (...args: unknown[]) => {
        stateCalls += 1
        await wait(STATE_MS)
        return (member as (...given: unknown[]) => unknown).apply(watched, args)
      }
    },
  })
}

const symbols = Array.from({ length: SYMBOLS }, (_, index) => `S${String(index).padStart(3, '0')}`)
const START = instant('2024-06-03T14:00:00Z')
const strategy = {
  id: 'bench',
  name: 'bench',
  strategyType: 'static',
  version: '1.0.0',
  enabled: true,
  baseTimeframe: '1Min',
  universeSymbols: symbols,
  legacyFallback: null,
  params: {},
}

function barsOf(minute: number): readonly SourceBar[] {
  return symbols.map((symbol, index) => {
    const price = decimal((100 + Math.sin(index + minute)).toFixed(2))
    const startsAt = asEpochMs(START + minute * 60_000)
    return { startsAt, symbol, open: price, high: price, low: price, close: price, volume: decimal(100) }
  })
}

const known = Array.from({ length: MINUTES }, (_, minute) =>
  barsOf(minute).map((bar) => ({ bar, timeframe: '1Min', knownAt: asEpochMs(bar.startsAt + 60_000) })),
).flat()

let at = 0
let begun = performance.now()
const now = () => asEpochMs(at + (performance.now() - begun))
const clock = { now, monotonic: () => asMonotonicMs(performance.now()) }
const rows = new MemorySignalRows()
const folds = new MemoryFoldStore()

function process(): Producer {
  return new Producer({
    source: 'alpaca-iex',
    calendar: createCalendar('us_equities'),
    own: [],
    version: '1',
    warmUpBars: 0,
    signals: new StoredSignalLog(slowed(rows), clock, 90, countsAsPast),
    folds: slowed(folds),
    clock,
    pause: wait,
    telemetry: { count: () => {}, measure: () => {}, record: () => {} },
  })
}

async function minute(name: string, producer: Producer, number: number): Promise<boolean> {
  at = START + (number + 1) * 60_000
  begun = performance.now()
  stateCalls = 0
  const source = new MemoryBarSource({ bars: known, now })
  const readBars = source.readBars.bind(source)
  source.readBars = async (query: BarQuery) => {
    await wait(BROKER_MS)
    return readBars(query)
  }
  const cpu = globalThis.process.cpuUsage()
  const { appended, requests } = await producer.run({
    strategies: [strategy],
    bars: source,
    remainingMs: () => INVOCATION_MS - (performance.now() - begun),
  })
  const ms = performance.now() - begun
  const { user, system } = globalThis.process.cpuUsage(cpu)
  const isWithin = appended === SYMBOLS && ms <= LONGEST_MS && requests <= MOST_REQUESTS
  const figures = [
    `${appended} bars`,
    `${requests} requests`,
    `${(ms / 1000).toFixed(1)} s (processor ${((user + system) / 1e6).toFixed(1)} s)`,
    `${stateCalls} state calls, ${(stateCalls / SYMBOLS).toFixed(2)} a bar`,
  ]
  globalThis.process.stdout.write(`${name}: ${figures.join(', ')} ${isWithin ? 'ok' : 'MISSED'}\n`)
  return isWithin
}

const first = process()
const within = [
  await minute('new log, new process', first, 0),
  await minute('the minute after', first, 1),
  await minute('another process', process(), 2),
]
globalThis.process.exitCode = within.every(Boolean) ? 0 : 1
