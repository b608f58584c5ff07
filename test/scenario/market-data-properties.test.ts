/**
 * Random schedules of runs over random bars: runs that are missed, killed at any call or overlap, state that is lost or of another
 * version, bars that come late, twice, corrected or never, answers that break off. Whatever happens, each signal of the log is byte
 * by byte what `replay` and `backtest` make of the bars that are stored, from the first one on.
 */
import { describe, expect, it } from 'vitest'
import { type Decimal, decimal } from '../../lib/domain/decimal.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import type { Producer } from '../../lib/producer/produce-bars.ts'
import { highest } from '../support/highest.ts'
import {
  barAt,
  Killed,
  MARKET_CALENDAR,
  MarketDataFixture,
  troubled,
  wants,
} from '../support/market-data-fixture.ts'

const MINUTE = 60_000
const SCHEDULES = 1000
const PARTS = 10
/** Of each of the two stretches. */
const MINUTES = 22

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Schedule {
  readonly fixture: MarketDataFixture
  readonly strategies: readonly StrategyDefinition[]
  /** Bars that were known when they ended. */
  readonly onTime: readonly { readonly symbol: string; readonly end: number }[]
  readonly corrected: number
}

/** Two stretches of minutes, on two days or one, with a price of another scale on the second one at times. */
function makeSchedule(chance: () => number) {
  const fixture = new MarketDataFixture('2024-06-03T19:00:00Z')
  const symbols = ['AAPL', 'BTC/USD', 'MSFT'].slice(0, 1 + Math.floor(chance() * 3))
  const isSplit = chance() < 0.3
  const nextDay = isSplit || chance() < 0.5
  const stretches = [
    instant('2024-06-03T19:00:00Z'),
    nextDay ? instant('2024-06-04T13:20:00Z') : instant('2024-06-03T19:22:00Z'),
  ]
  const onTime: { symbol: string; end: number }[] = []
  let corrected = 0
  for (const symbol of symbols) {
    let price = 50 + chance() * 400
    for (const [index, start] of stretches.entries()) {
      if (isSplit && index === 1 && symbol !== 'BTC/USD') price /= 4
      for (let minute = 0; minute < MINUTES; minute += 1) {
        price = Math.max(1, price * (1 + (chance() - 0.5) * 0.02))
        // two in a row at the beginning of each: the timeframe of bars is told by their distance
        if (minute > 2 && chance() < 0.15) continue
        const startsAt = start + minute * MINUTE
        const end = startsAt + MINUTE
        const bar = barAt(symbol, startsAt, price, Math.floor(chance() * 1000))
        const isLate = minute > 2 && chance() < 0.1
        const knownAt = end + (isLate ? Math.floor(chance() * 4 * MINUTE) : 0)
        fixture.bars.told.push({ bar, timeframe: '1Min', knownAt })
        if (!isLate) onTime.push({ symbol, end })
        if (chance() < 0.1) {
          const close = decimal((price * 1.0007).toFixed(4))
          const again = {
            bar: { ...bar, close },
            timeframe: '1Min',
            knownAt: knownAt + 30_000 + chance() * 2 * MINUTE,
          }
          fixture.bars.told.push(again)
          corrected += 1
        }
      }
    }
    if (isSplit && symbol !== 'BTC/USD' && chance() < 0.7)
      fixture.bars.splits.push({ symbol, exDate: '2024-06-04' })
  }
  return { fixture, strategies: [wants(symbols)], onTime, corrected, stretches, isSplit }
}

async function runSchedule(seed: number): Promise<Schedule & { readonly isSplit: boolean }> {
  const chance = randomOf(seed)
  const made = makeSchedule(chance)
  const { fixture, strategies, stretches } = made
  fixture.bars.spoil = (_query, bars) => {
    if (chance() < 0.05)
      return troubled(bars.slice(0, Math.floor(chance() * bars.length)), {
        kind: 'unavailable',
        reason: 'cut',
      })
    if (chance() < 0.02) return troubled([], { kind: 'rate_limited' })
    return chance() < 0.1
      ? { bars: [...bars, ...bars.slice(-2)], unreadable: new Map(), trouble: null }
      : null
  }
  fixture.bars.splitsUnreadable = chance() < 0.2
  let producer = fixture.producer()
  const runOf = async (one: Producer): Promise<void> => {
    try {
      await fixture.run(one, strategies)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      fixture.executioner.spare()
      if (one === producer) producer = fixture.producer()
    }
  }
  for (const start of stretches) {
    for (let minute = 1; minute <= MINUTES + 1; minute += 1) {
      fixture.clock.set(
        asEpochMs(Math.max(fixture.clock.at, start + minute * MINUTE + Math.floor(chance() * 5000))),
      )
      if (chance() < 0.15) continue
      if (chance() < 0.12) fixture.executioner.after(1 + Math.floor(chance() * 40), chance() < 0.5)
      if (chance() < 0.03) fixture.folds.clear()
      if (chance() < 0.02) fixture.version = `${seed} ${minute}`
      if (chance() < 0.1) producer = fixture.producer()
      const runs = chance() < 0.1 ? [producer, fixture.producer()] : [producer]
      await Promise.all(runs.map(runOf))
      fixture.executioner.spare()
    }
  }
  fixture.bars.spoil = () => null
  fixture.clock.advance(MINUTE)
  await fixture.run(fixture.producer(), strategies)
  return made
}

function storedBars(signals: readonly Signal[]): readonly Bar[] {
  const text = (signal: Signal, name: string): Decimal => decimal(signal.payload[name] as string)
  return signals.map((signal) => ({
    startsAt: asEpochMs(signal.eventTs - MINUTE),
    symbol: signal.symbol,
    open: text(signal, 'open'),
    high: text(signal, 'high'),
    low: text(signal, 'low'),
    close: text(signal, 'price'),
    volume: text(signal, 'volume'),
  }))
}

/** What a replay of the stored bars makes of them; two bars behind them tell the timeframe, and change nothing before. */
function replayed(signals: readonly Signal[]): readonly Signal[] {
  const bars = storedBars(signals)
  const last = bars.at(-1)
  if (last === undefined) return []
  const later = (minutes: number): Bar => ({ ...last, startsAt: asEpochMs(last.startsAt + minutes * MINUTE) })
  return signalsFromBars([...bars, later(1), later(2)], MARKET_CALENDAR, [highest]).signals.slice(
    0,
    signals.length,
  )
}

describe('random schedules', () => {
  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    'store bars once, in order, with the signals of a replay, part %i',
    async (part) => {
      let corrections = 0
      for (let seed = part * (SCHEDULES / PARTS); seed < (part + 1) * (SCHEDULES / PARTS); seed += 1) {
        const { fixture, strategies, onTime, isSplit } = await runSchedule(seed)
        const stored = await fixture.stored()
        corrections += fixture.telemetry.total('market_data_corrections_total')
        for (const symbol of strategies[0]?.universeSymbols ?? []) {
          const own = stored.filter((signal) => signal.symbol === symbol)
          const ends = own.map(({ eventTs }) => eventTs)
          expect(ends, `seed ${seed}: once, in order`).toEqual(
            [...new Set(ends)].sort((left, right) => left - right),
          )
          const kept = new Set<number>(ends)
          const lost = onTime.filter(
            (one) => one.symbol === symbol && one.end >= (ends[0] ?? 0) && !kept.has(one.end),
          )
          expect(lost, `seed ${seed}: ${symbol} lost`).toEqual([])
          const breaks = own.flatMap(({ payload }, index) =>
            payload['history_broken'] === undefined ? [] : [index],
          )
          const marks = breaks.map((index) => own[index]?.payload['history_broken'])
          expect(marks, `seed ${seed}: ${symbol} breaks`).toEqual(
            isSplit && symbol !== 'BTC/USD' ? ['split'] : [],
          )
          const chunks = [0, ...breaks].map((from, index) => own.slice(from, breaks[index] ?? own.length))
          for (const chunk of chunks) {
            const expected = replayed(chunk).map(({ payload }) => JSON.stringify(payload))
            const found = chunk.map(({ payload }) =>
              JSON.stringify({ ...payload, history_broken: undefined }),
            )
            expect(found, `seed ${seed}: ${symbol}`).toEqual(expected)
          }
        }
      }
      expect(corrections).toBeGreaterThan(50)
    },
    900_000,
  )
})
