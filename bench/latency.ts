/**
 * `npm run bench:latency [-- --emulator] [--ways=tick,stream] [MINUTES]`: from the end of a minute's bar to the POST of its order at
 * the exchange, with 1 and with 20 symbols: by the schedule alone, with a tick after the producer's signals, and with the stream of
 * bars. All in this process, over an embedded DynamoDB and HTTP; between two bars nothing is waited for. With `--emulator` a deployed
 * stage on the emulator of the walk, in real time: some minutes a line. Ends with 1 when a bound is missed.
 */
import { decimal } from '../lib/domain/decimal.ts'
import { asEpochMs, type EpochMs, instant } from '../lib/domain/time.ts'
import type { Bar } from '../lib/market/bars.ts'
import { EmulatorStage } from './latency-emulator.ts'
import type { Latencies, Way } from './latency-market.ts'
import { LatencyStage } from './latency-stage.ts'

const ALL_WAYS: readonly Way[] = ['schedule', 'tick', 'stream']
const named = process.argv.find((word) => word.startsWith('--ways='))?.slice('--ways='.length)
const WAYS = ALL_WAYS.filter((way) => named === undefined || named.split(',').includes(way))
const COUNTS = [1, 20]
const asked = process.argv.filter((word) => /^\d+$/.test(word)).map(Number)
const ON_EMULATOR = process.argv.includes('--emulator')
const MINUTES = asked[0] ?? (ON_EMULATOR ? 2 : 6)
const MINUTE_MS = 60_000
const FIRST = instant('2026-02-10T15:00:00Z')
/** A bar is to be had so long after its end. */
const DELAY_MS = 250
/** Before a bar's end everything stands ready. */
const AHEAD_MS = 150
const BOUNDS = { medianMs: 1500, mostMs: 4000 }
const LONGEST_WAIT_MS = 45_000

function barsOf(symbols: readonly string[]): readonly Bar[] {
  return symbols.flatMap((symbol) =>
    Array.from({ length: MINUTES + 1 }, (_, minute): Bar => {
      const price = decimal(String(100 + (minute % 3)))
      const startsAt = asEpochMs(FIRST + minute * MINUTE_MS)
      return { startsAt, symbol, open: price, high: price, low: price, close: price, volume: decimal('100') }
    }),
  )
}

/** Milliseconds from the end of each bar to its order, of all symbols. */
async function measure(way: Way, count: number): Promise<readonly number[]> {
  const symbols = Array.from({ length: count }, (_, index) => `S${String.fromCodePoint(65 + index)}`)
  const stage = await LatencyStage.open(
    barsOf(symbols),
    symbols,
    DELAY_MS,
    asEpochMs(FIRST + MINUTE_MS - 2000),
  )
  const { clock, exchange } = stage
  const produce = way === 'stream' ? null : stage.producerOf(way === 'tick')
  try {
    if (way === 'stream') await stage.stream(symbols)
    for (let minute = 1; minute <= MINUTES; minute += 1) {
      const end = asEpochMs(FIRST + minute * MINUTE_MS)
      clock.jumpTo(asEpochMs(end - AHEAD_MS))
      await stage.until(end)
      const ticked = stage.tick()
      const produced = produce?.()
      await stage.until(asEpochMs(end + DELAY_MS))
      await Promise.all([ticked, produced])
      // by the schedule alone the orders of a bar come with the next minute's tick
      const due = count * (way === 'schedule' ? minute - 1 : minute)
      await arrived(stage, due)
      await stage.settled()
    }
  } finally {
    await stage.close()
  }
  return latenciesOf(exchange.arrivals)
}

/** A symbol's orders come in the order of its bars. */
function latenciesOf(arrivals: LatencyStage['exchange']['arrivals']): readonly number[] {
  const bars = new Map<string, number>()
  return arrivals.map(({ symbol, at }) => {
    const bar = (bars.get(symbol) ?? 0) + 1
    bars.set(symbol, bar)
    return at - (FIRST + bar * MINUTE_MS)
  })
}

async function arrived({ exchange, clock }: LatencyStage, count: number): Promise<void> {
  const begun: EpochMs = clock.now()
  while (exchange.arrivals.length < count) {
    if (clock.now() - begun > LONGEST_WAIT_MS)
      throw new Error(`${exchange.arrivals.length} of ${count} orders came`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The emulator's stage keeps its log: each line has symbols of its own. */
function symbolsOf(way: Way, count: number): readonly string[] {
  const prefix = `${way.charAt(1)}${count === 1 ? 'O' : 'M'}`.toUpperCase()
  return Array.from({ length: count }, (_, index) => `${prefix}${String.fromCodePoint(65 + index)}`)
}

function ofBoth(way: Way): readonly string[] {
  return COUNTS.flatMap((count) => symbolsOf(way, count))
}

/** In this process each order is waited for. */
function asExpected(latencies: readonly number[]): Latencies {
  return { latencies, expected: latencies.length }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(10)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

print(`${MINUTES} minutes; a bar is to be had ${DELAY_MS} ms after its end. From its end to the POST:\n`)
print('way       symbols  orders    median      99 %      most')
let isMissed = false
const emulated = ON_EMULATOR ? await EmulatorStage.open(WAYS.flatMap(ofBoth), DELAY_MS) : null
try {
  for (const way of WAYS) {
    for (const count of COUNTS) {
      const { latencies, expected } =
        (await emulated?.measure(way, symbolsOf(way, count), MINUTES)) ??
        asExpected(await measure(way, count))
      const [median, most] = [quantile(latencies, 0.5), quantile(latencies, 0.99)]
      const orders = latencies.length === expected ? `${expected}` : `${latencies.length} of ${expected}`
      print(
        `${way.padEnd(9)}${String(count).padStart(8)}${orders.padStart(8)}${[median, most, Math.max(...latencies)].map(seconds).join('')}`,
      )
      // after the bar is to be had
      isMissed ||= latencies.length < expected
      isMissed ||=
        way !== 'schedule' && (median - DELAY_MS > BOUNDS.medianMs || most - DELAY_MS > BOUNDS.mostMs)
    }
  }
} finally {
  await emulated?.close()
}
print(
  '\nBy the schedule alone a bar that has closed on the minute waits for the next one; a signal of any moment half of that.',
)
if (isMissed)
  print(
    `missed: a median of ${BOUNDS.medianMs} ms and 99 % of ${BOUNDS.mostMs} ms after the bar is to be had`,
  )
process.exit(isMissed ? 1 : 0)
