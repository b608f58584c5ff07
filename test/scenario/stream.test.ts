/**
 * Bars from the market's streams into the log (docs/market-data.md), by the official SDK's client against the exchange's streams:
 * the signals that `replay` makes of the same bars, whoever leads, whatever is lost in between.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { openAlpacaBars } from '../../lib/adapters/alpaca/bar-source.ts'
import { AlpacaBarStreams } from '../../lib/adapters/alpaca/bar-streams.ts'
import { MemoryFoldStore } from '../../lib/adapters/memory/fold-store.ts'
import { MemorySignalRows } from '../../lib/adapters/memory/signal-rows.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { RequestBudget } from '../../lib/domain/request-budget.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import type { LeasedState } from '../../lib/operations/hold-lease.ts'
import { streamBars } from '../../lib/operations/stream-bars.ts'
import { LiveBars } from '../../lib/producer/live-bars.ts'
import { Producer } from '../../lib/producer/produce-bars.ts'
import { StoredSignalLog } from '../../lib/signals/stored-signal-log.ts'
import { countsAsPast } from '../../lib/strategy/history.ts'
import { SteppedExchange } from '../support/market-exchange.ts'
import type { SourceBar } from '../../lib/ports/bar-source.ts'
import type { BarStreams } from '../../lib/ports/bar-streams.ts'
import { highest } from '../support/highest.ts'
import { wants } from '../support/market-data-fixture.ts'
import { MemoryForwarderLease } from '../support/memory-forwarder-lease.ts'
import { ALPHA_KEY } from '../support/paper-exchange-fixture.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const FAST = { authorizeMs: 2000, firstReconnectMs: 20, longestReconnectMs: 50, pingMs: 60_000 }
const SYMBOLS = ['AAPL', 'MSFT', 'BTC/USD']
const MINUTES = 12

/** MSFT has no bar in some minutes. */
const FILE = [
  'timestamp,symbol,open,high,low,close,volume',
  ...Array.from({ length: MINUTES }, (_, minute) =>
    SYMBOLS.filter((symbol) => symbol !== 'MSFT' || minute % 4 !== 2).map((symbol, index) => {
      const at = new Date(Date.parse('2013-10-01T13:30:00Z') + minute * 60_000).toISOString()
      const price = 100 * (index + 1) + minute * (minute % 3 === 0 ? -0.5 : 0.75)
      return `${at},${symbol},${price},${price + 1},${price - 1},${price + 0.25},${1000 + minute}`
    }),
  ).flat(),
].join('\n')

let market: SteppedExchange
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await market.close()
})

/** A log with the producers that append to it. */
class Source {
  readonly rows = new MemorySignalRows()
  readonly folds = new MemoryFoldStore()
  readonly telemetry = new CountingTelemetry()
  readonly appended: number[] = []

  producer() {
    const { clock } = market
    return new Producer({
      source: 'alpaca-iex',
      calendar: createCalendar('us_equities'),
      own: [highest],
      version: '1',
      warmUpBars: 0,
      signals: this.log(),
      folds: this.folds,
      clock,
      pause: async () => {},
      telemetry: this.telemetry,
      appended: async (position) => {
        this.appended.push(position)
      },
    })
  }

  log() {
    return new StoredSignalLog(this.rows, market.clock, null, countsAsPast)
  }

  rest(secret = ALPHA_KEY.secret) {
    const { baseUrl } = market
    const budget = new RequestBudget(1000)
    return openAlpacaBars({ baseUrl, credentials: { ...ALPHA_KEY, secret }, feed: 'iex', budget })
  }

  async signals(): Promise<readonly Signal[]> {
    const { signals } = await this.log().readAfter('alpaca-iex', 0, 1000, asEpochMs(0))
    return signals.map(({ signal }) => signal)
  }
}

interface StreamProcess {
  readonly secret: string
  readonly lease: MemoryForwarderLease
  readonly owner: string
  readonly path: string
  readonly streams: BarStreams
}

function start(
  source: Source,
  {
    secret = ALPHA_KEY.secret,
    lease = new MemoryForwarderLease(),
    owner = 'one',
    path = '/v2/iex',
    streams = new AlpacaBarStreams(FAST),
  }: Partial<StreamProcess> = {},
) {
  const live = new LiveBars()
  const producer = source.producer()
  const rest = source.rest(secret)
  const states: LeasedState[] = []
  const partial: boolean[] = []
  const stop = new AbortController()
  const credentials = { ...ALPHA_KEY, secret }
  const running = streamBars(
    accountLabel('alpaca-iex'),
    {
      lease,
      owner,
      // the market stands still between two steps, the process does not
      clock: market.clock,
      telemetry: source.telemetry,
      pause: async (milliseconds, until) => {
        await sleep(Math.min(milliseconds, 20), undefined, { signal: until }).catch(() => {})
      },
      streams,
      live,
      wanted: async () => ({
        streams: [
          { url: market.streamUrl(path), symbols: ['AAPL', 'MSFT'] },
          { url: market.streamUrl('/v1beta3/crypto/us'), symbols: ['BTC/USD'] },
        ],
        credentials,
      }),
      produce: async (isPartial) => {
        partial.push(isPartial)
        await producer.run({
          strategies: [wants(SYMBOLS)],
          bars: live.before(rest),
          remainingMs: () => 60_000,
          isPartial,
        })
      },
    },
    { stop: stop.signal, onState: (state) => states.push(state) },
  )
  const end = async () => {
    stop.abort()
    return running
  }
  ends.push(end)
  return { states, partial, rest, running, end }
}

const open = async () => {
  market = await SteppedExchange.open({ bars: parseBars(FILE, 'bars.csv') })
}

/** Of a producer that only asks, each minute, over the same bars. */
async function expected(): Promise<readonly Signal[]> {
  const alone = new Source()
  const producer = alone.producer()
  for (;;) {
    await producer.run({ strategies: [wants(SYMBOLS)], bars: alone.rest(), remainingMs: () => 60_000 })
    if (market.step() === null) return alone.signals()
  }
}

/** The market at its beginning, and what a producer that only asks would make of it. */
async function opened(): Promise<readonly Signal[]> {
  await open()
  const wanted = await expected()
  await market.close()
  await open()
  return wanted
}

async function listening(run: ReturnType<typeof start>): Promise<void> {
  await expect.poll(() => run.states).toContain('listening')
}

/** How many bars have ended after so many minutes. */
function endedAfter(minutes: number): number {
  const until = Date.parse('2013-10-01T13:30:00Z') + minutes * 60_000
  return parseBars(FILE, 'x').filter(({ startsAt }) => startsAt < until).length
}

const byTime = (signals: readonly Signal[]) =>
  [...signals].sort((left, right) => left.eventTs - right.eventTs || (left.symbol < right.symbol ? -1 : 1))

/** One minute after the other; within a minute in whatever order two connections told of it. */
function expectSameMinutes(signals: readonly Signal[], wanted: readonly Signal[]): void {
  const minutes = (all: readonly Signal[]) => all.map(({ eventTs }) => eventTs)
  expect(minutes(signals)).toEqual(minutes(wanted))
  expect(byTime(signals)).toEqual(byTime(wanted))
}

describe('torghut stream', () => {
  it('appends each bar as it comes, as a producer that asks would, by requests at the beginning alone', async () => {
    const wanted = await opened()
    const source = new Source()
    const run = start(source)
    await listening(run)
    // the run that begins when all is listened to is not the first
    await expect.poll(() => run.partial.length).toBeGreaterThan(1)
    let asked = 0
    for (let minute = 1; market.step() !== null; minute += 1) {
      await expect.poll(async () => (await source.signals()).length).toBe(endedAfter(minute))
      if (minute === 2) asked = run.rest.requests
    }
    expectSameMinutes(await source.signals(), wanted)
    expect(run.rest.requests).toBe(asked)
    expect(run.partial.filter(Boolean).length).toBeGreaterThanOrEqual(MINUTES - 2)
    expect(source.appended.at(-1)).toBe(wanted.length)
    expect(await run.end()).toEqual({ kind: 'stopped' })
  })

  it('appends what comes later in the same minute as soon as it is told', async () => {
    await open()
    const source = new Source()
    const producer = source.producer()
    const live = new LiveBars()
    live.listening()
    const bars = live.before(source.rest())
    const run = (isPartial: boolean) =>
      producer.run({ strategies: [wants(['AAPL', 'MSFT'])], bars, remainingMs: () => 60_000, isPartial })
    await run(false)
    market.step()
    const [aapl, msft] = ['AAPL', 'MSFT'].map((symbol) =>
      parseBars(FILE, 'x').find((bar) => bar.symbol === symbol),
    ) as SourceBar[]
    for (const [told, count] of [
      [aapl, 1],
      [msft, 2],
    ] as const) {
      if (told !== undefined) live.take(told)
      await run(true)
      expect(await source.signals()).toHaveLength(count)
    }
  })

  it('makes up for what closed while it was not connected, and says the same as one that never was', async () => {
    const wanted = await opened()
    const source = new Source()
    const run = start(source)
    await listening(run)
    market.step()
    await expect.poll(async () => (await source.signals()).length).toBe(3)
    market.server.bars?.drop()
    market.step()
    market.step()
    market.step()
    await expect.poll(() => run.states.filter((state) => state === 'listening').length).toBeGreaterThan(1)
    await expect.poll(async () => (await source.signals()).length).toBe(endedAfter(4))
    for (let minute = 5; market.step() !== null; minute += 1) {
      await expect.poll(async () => (await source.signals()).length).toBe(endedAfter(minute))
    }
    expectSameMinutes(await source.signals(), wanted)
    expect(source.telemetry.total('market_data_corrections_total')).toBe(0)
  })

  it('asks for a bar that the stream tells so that it cannot be read', async () => {
    const wanted = await opened()
    const torn = Date.parse('2013-10-01T13:33:00Z')
    const real = new AlpacaBarStreams(FAST)
    const streams: BarStreams = {
      open: (url, symbols, credentials, listener) =>
        real.open(url, symbols, credentials, {
          ...listener,
          onBar: (bar) =>
            bar.symbol === 'AAPL' && bar.startsAt === torn
              ? listener.onUnreadable(bar.symbol, 'a bar without a price')
              : listener.onBar(bar),
        }),
    }
    const source = new Source()
    const run = start(source, { streams })
    await expect.poll(() => run.states).toContain('listening')
    await expect.poll(() => run.partial.length).toBeGreaterThan(0)
    for (let minute = 1; market.step() !== null; minute += 1) {
      const upTo = Date.parse('2013-10-01T13:30:00Z') + minute * 60_000
      const ended = wanted.filter(({ eventTs }) => eventTs <= upTo)
      await expect.poll(async () => (await source.signals()).length).toBe(ended.length)
    }
    expect(byTime(await source.signals())).toEqual(byTime(wanted))
    expect(source.telemetry.total('market_data_late_total')).toBe(0)
  })

  it('stores each bar once beside a producer that asks, whoever leads', async () => {
    const wanted = await opened()
    const source = new Source()
    const run = start(source)
    const asking = source.producer()
    await listening(run)
    for (let minute = 1; market.step() !== null; minute += 1) {
      if (minute % 2 === 0) await sleep(40)
      await asking.run({ strategies: [wants(SYMBOLS)], bars: source.rest(), remainingMs: () => 60_000 })
    }
    await expect.poll(async () => (await source.signals()).length).toBe(wanted.length)
    const byIdentity = (signals: readonly Signal[]) =>
      signals
        .map(({ symbol, eventTs, seq, payload }) => JSON.stringify([eventTs, symbol, seq, payload]))
        .sort()
    expect(byIdentity(await source.signals())).toEqual(byIdentity(wanted))
  })

  it.each([
    { what: 'a key', options: { secret: 'wrong' }, words: /credentials/ },
    { what: 'a feed', options: { path: '/v2/sip' }, words: /plan has no stream of this feed/ },
  ])('ends with a word when the broker takes $what for none', async ({ options, words }) => {
    market = await SteppedExchange.open({ bars: parseBars(FILE, 'bars.csv'), feeds: ['iex'] })
    const run = start(new Source(), options)
    expect(await run.running).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(words) as string,
    })
  })

  it('waits as a spare, and connects when the first one ends', async () => {
    await open()
    const source = new Source()
    const lease = new MemoryForwarderLease()
    const first = start(source, { lease })
    await listening(first)
    const second = start(source, { lease, owner: 'two' })
    await expect.poll(() => second.states).toContain('waiting')
    expect(second.states).not.toContain('connecting')
    await first.end()
    await listening(second)
  })
})
