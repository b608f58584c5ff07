/** What the producer of bars does about each thing that can be wrong, and that it says it once (docs/market-data.md). */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Indicator } from '../../lib/domain/indicator.ts'
import { asEpochMs, formatInstant, instant } from '../../lib/domain/time.ts'
import { highest } from '../support/highest.ts'
import { barAt, MARKET_SOURCE, MarketDataFixture, troubled, wants } from '../support/market-data-fixture.ts'

const MINUTE = 60_000
/** A Monday, 10:00 in New York. */
const TEN = instant('2024-06-03T14:00:00Z')

/** Minute bars of a symbol from 10:00 on, known at their end; the n-th at a price of 100 and n. */
function tell(
  fixture: MarketDataFixture,
  symbol: string,
  minutes: readonly number[],
  start: number = TEN,
): void {
  for (const minute of minutes) {
    const startsAt = start + minute * MINUTE
    fixture.bars.told.push({
      bar: barAt(symbol, startsAt, 100 + minute),
      timeframe: '1Min',
      knownAt: startsAt + MINUTE,
    })
  }
}

/** Runs of one process, one at each of the minutes. */
async function runAt(fixture: MarketDataFixture, symbols: readonly string[], times: readonly string[]) {
  const producer = fixture.producer()
  for (const time of times) {
    fixture.clock.set(time)
    await fixture.run(producer, [wants(symbols)])
  }
  return producer
}

const ends = async (fixture: MarketDataFixture, symbol: string) =>
  (await fixture.stored())
    .filter((signal) => signal.symbol === symbol)
    .map(({ eventTs }) => formatInstant(eventTs).slice(11, 16))

const said = (fixture: MarketDataFixture, text: string) =>
  fixture.telemetry.records.filter(([, message]) => message === text).map(([, , properties]) => properties)

describe('the producer of bars', () => {
  it('stores each bar once with its number and the bar itself, and the source of the feed', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:02:00Z')
    tell(fixture, 'AAPL', [0, 1])
    await runAt(fixture, ['AAPL'], ['2024-06-03T14:02:02Z', '2024-06-03T14:02:20Z', '2024-06-03T14:02:40Z'])
    const [first, second, ...more] = await fixture.stored()
    expect(more).toEqual([])
    expect([first?.source, first?.timeframe, first?.seq]).toEqual([MARKET_SOURCE, '1Min', TEN / 1000 + 60])
    expect(second?.payload).toMatchObject({
      price: '101',
      open: '100.899',
      high: '101.101',
      low: '100.798',
      volume: '100',
    })
    expect(second?.ingestTs).toBe(second?.eventTs)
  })

  it('waits some seconds for the minute’s bar, and asks for what has not come with the next run', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:02:00Z')
    tell(fixture, 'AAPL', [0, 1])
    fixture.bars.told.push({
      bar: barAt('MSFT', TEN + MINUTE, 50),
      timeframe: '1Min',
      knownAt: TEN + 2 * MINUTE + 5000,
    })
    fixture.bars.told.push({
      bar: barAt('GOOG', TEN + MINUTE, 50),
      timeframe: '1Min',
      knownAt: TEN + 2 * MINUTE + 30_000,
    })
    await runAt(fixture, ['AAPL', 'MSFT', 'GOOG'], ['2024-06-03T14:02:00Z'])
    expect([await ends(fixture, 'MSFT'), await ends(fixture, 'GOOG')]).toEqual([['14:02'], []])
    await runAt(fixture, ['AAPL', 'MSFT', 'GOOG'], ['2024-06-03T14:03:00Z'])
    expect(await ends(fixture, 'GOOG')).toEqual(['14:02'])
  })

  it('counts a stored bar that is told otherwise once, and stores nothing of it', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    tell(fixture, 'AAPL', [0, 1, 2, 3])
    const { bar } = fixture.bars.told[0] ?? { bar: barAt('AAPL', TEN, 1) }
    const other = { ...bar, volume: decimal('101') }
    fixture.bars.told.push({ bar: other, timeframe: '1Min', knownAt: TEN + 90_000 })
    const times = [1, 2, 3, 4].map((minute) => `2024-06-03T14:0${minute}:02Z`)
    await runAt(fixture, ['AAPL'], times)
    expect(fixture.telemetry.total('market_data_corrections_total')).toBe(1)
    expect((await fixture.stored()).map(({ payload }) => payload['volume'])).toEqual([
      '100',
      '100',
      '100',
      '100',
    ])
  })

  it('stores what it knows of a series each tenth bar, and at once what a stored bar is told otherwise', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    tell(fixture, 'AAPL', [...Array(16).keys()])
    const { bar } = fixture.bars.told[13] ?? { bar: barAt('AAPL', TEN, 1) }
    const other = { ...bar, volume: decimal('101') }
    fixture.bars.told.push({ bar: other, timeframe: '1Min', knownAt: TEN + 14 * MINUTE + 30_000 })
    const producer = fixture.producer()
    const kept: (string | undefined)[] = []
    for (let minute = 1; minute <= 16; minute += 1) {
      fixture.clock.set(asEpochMs(TEN + minute * MINUTE + 2000))
      await fixture.run(producer, [wants(['AAPL'])])
      const [fold] = await fixture.folds.read([{ source: MARKET_SOURCE, symbol: 'AAPL', timeframe: '1Min' }])
      kept.push(fold && formatInstant(fold.lastEnd).slice(14, 16))
    }
    expect(kept).toEqual([...Array<string>(10).fill('01'), ...Array<string>(4).fill('11'), '15', '15'])
  })

  it('counts a bar that comes after a later one was stored, and does not store it', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    tell(fixture, 'AAPL', [0, 2, 3])
    fixture.bars.told.push({
      bar: barAt('AAPL', TEN + MINUTE, 101),
      timeframe: '1Min',
      knownAt: TEN + 3 * MINUTE + 30_000,
    })
    await runAt(
      fixture,
      ['AAPL'],
      [1, 2, 3, 4].map((minute) => `2024-06-03T14:0${minute}:02Z`),
    )
    expect(await ends(fixture, 'AAPL')).toEqual(['14:01', '14:03', '14:04'])
    expect(fixture.telemetry.total('market_data_late_total')).toBe(1)
    expect(fixture.telemetry.total('market_data_missing_total')).toBe(1)
  })

  it('begins anew behind a split that is announced, or that the price shows where nothing is', async () => {
    for (const [announced, unreadable, second, broken] of [
      [true, false, 95, 'split'],
      [false, false, 95, undefined],
      [false, true, 95, undefined],
      [false, true, 25, 'split'],
      [false, false, 400, 'split'],
    ] as const) {
      const fixture = new MarketDataFixture('2024-06-03T19:59:00Z')
      const at = (time: string, price: number) => {
        const startsAt = instant(time)
        fixture.bars.told.push({
          bar: barAt('AAPL', startsAt, price),
          timeframe: '1Min',
          knownAt: startsAt + MINUTE,
        })
      }
      at('2024-06-03T19:58:00Z', 100)
      at('2024-06-04T13:30:00Z', second)
      at('2024-06-04T13:31:00Z', second)
      if (announced) fixture.bars.splits.push({ symbol: 'AAPL', exDate: '2024-06-04' })
      fixture.bars.splitsUnreadable = unreadable
      await runAt(fixture, ['AAPL'], ['2024-06-03T19:59:02Z', '2024-06-04T13:31:02Z', '2024-06-04T13:32:02Z'])
      const marks = (await fixture.stored()).map(({ payload }) => payload['history_broken'])
      expect(marks).toEqual([undefined, broken, undefined])
      // of the fold: one bar behind a break, two with the one before
      expect((await fixture.stored())[2]?.payload['bars']).toBe(broken === undefined ? '3' : '2')
    }
  })

  it('begins anew behind a session of which nothing is stored, with the bars before now', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    fixture.warmUpBars = 3
    tell(fixture, 'AAPL', [0])
    tell(fixture, 'AAPL', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], instant('2024-06-05T14:00:00Z'))
    await runAt(fixture, ['AAPL'], ['2024-06-03T14:01:02Z', '2024-06-05T14:10:02Z'])
    expect(await ends(fixture, 'AAPL')).toEqual(['14:01', '14:08', '14:09', '14:10'])
    const [, gap, after] = (await fixture.stored()).map(({ payload }) => [
      payload['history_broken'],
      payload['bars'],
    ])
    expect([gap, after]).toEqual([
      ['gap', '1'],
      [undefined, '2'],
    ])
  })

  it('reads bars of days when the next session has opened', async () => {
    const fixture = new MarketDataFixture('2024-06-03T20:05:00Z')
    const startsAt = instant('2024-06-03T00:00:00Z')
    fixture.bars.told.push({
      bar: barAt('AAPL', startsAt, 100),
      timeframe: '1Day',
      knownAt: instant('2024-06-03T20:00:00Z'),
    })
    const producer = fixture.producer()
    const counts: number[] = []
    for (const time of [
      '2024-06-03T20:05:02Z',
      '2024-06-04T13:29:02Z',
      '2024-06-04T13:30:02Z',
      '2024-06-04T13:31:02Z',
    ]) {
      fixture.clock.set(time)
      await fixture.run(producer, [wants(['AAPL'], '1Day')])
      counts.push((await fixture.stored()).length)
    }
    expect(counts).toEqual([0, 0, 1, 1])
    expect((await fixture.stored())[0]).toMatchObject({
      timeframe: '1Day',
      eventTs: instant('2024-06-03T20:00:00Z'),
    })
  })

  it('asks nobody at night, on holidays and on Sundays, but for coins', async () => {
    for (const [time, symbols, requests] of [
      ['2024-06-04T03:00:02Z', ['AAPL'], 0],
      ['2024-06-19T15:00:02Z', ['AAPL'], 0],
      ['2024-06-09T15:00:02Z', ['AAPL'], 0],
      ['2024-06-09T15:00:02Z', ['AAPL', 'BTC/USD'], 1],
      ['2024-06-04T09:00:02Z', ['AAPL'], 1],
    ] as const) {
      const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
      const producer = await runAt(fixture, symbols, ['2024-06-03T14:01:02Z'])
      const before = fixture.bars.requests
      fixture.clock.set(time)
      await fixture.run(producer, [wants(symbols)], 9000)
      expect([time, fixture.bars.requests - before]).toEqual([time, requests])
    }
  })

  it('says once that a symbol brings no bars, and once that it does again; others go on', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    tell(fixture, 'MSFT', [...Array(40).keys()])
    tell(fixture, 'AAPL', [0, 1, 2, 30, 31])
    const times = Array.from({ length: 33 }, (_, minute) =>
      formatInstant(instant('2024-06-03T14:01:02Z')).replace(
        '14:01',
        `14:${String(minute + 1).padStart(2, '0')}`,
      ),
    )
    await runAt(fixture, ['AAPL', 'MSFT'], times)
    const quiet = 'no bars for a quarter of an hour: halted, or not traded'
    expect(said(fixture, quiet)).toMatchObject([{ about: 'AAPL', count: 1 }])
    expect(said(fixture, `over: ${quiet}`)).toMatchObject([{ about: 'AAPL' }])
    expect(await ends(fixture, 'MSFT')).toHaveLength(33)
    expect(fixture.telemetry.total('market_data_silent_total')).toBe(0)
  })

  it('is an alarm when no symbol has brought a bar for three minutes of an open session, and not after an early close', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    tell(fixture, 'AAPL', [0])
    await runAt(fixture, ['AAPL'], ['2024-06-03T14:01:02Z', '2024-06-03T14:03:02Z'])
    expect(fixture.telemetry.total('market_data_silent_total')).toBe(0)
    await runAt(fixture, ['AAPL'], ['2024-06-03T14:04:02Z', '2024-06-03T14:05:02Z'])
    expect(fixture.telemetry.total('market_data_silent_total')).toBe(2)
    // the day before Independence Day ends at 13:00
    await runAt(fixture, ['AAPL'], ['2024-07-03T17:30:02Z'])
    expect(fixture.telemetry.total('market_data_silent_total')).toBe(2)
  })

  it('finds the symbol that a request is refused for, says it once, and reads the others', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    const symbols = ['AAPL', 'GOOG', 'IBM', 'MSFT', 'WRONG']
    for (const symbol of symbols.slice(0, 4)) tell(fixture, symbol, [0, 1])
    fixture.bars.spoil = ({ symbols: asked }) =>
      asked.includes('WRONG')
        ? troubled([], { kind: 'refused', status: 400, reason: 'invalid symbol: WRONG' })
        : null
    await runAt(fixture, symbols, ['2024-06-03T14:01:02Z', '2024-06-03T14:02:02Z'])
    for (const symbol of symbols.slice(0, 4)) expect(await ends(fixture, symbol)).toEqual(['14:01', '14:02'])
    expect(said(fixture, 'a symbol is not known')).toMatchObject([
      { about: 'WRONG', reason: 'invalid symbol: WRONG' },
    ])
  })

  it.each([
    [
      'a plan without the feed',
      { kind: 'refused', status: 403, reason: 'subscription does not permit' },
      'bars were refused',
    ],
    ['too many requests', { kind: 'rate_limited' }, 'bars were not read: too many requests'],
    ['no answer', { kind: 'unavailable', reason: 'no answer in time' }, 'bars could not be read'],
  ] as const)('says once: %s; and goes on when it is over', async (_what, trouble, words) => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    tell(fixture, 'AAPL', [0, 1, 2])
    fixture.bars.spoil = () =>
      fixture.clock.at < instant('2024-06-03T14:03:00Z') ? troubled([], trouble) : null
    const times = ['2024-06-03T14:01:02Z', '2024-06-03T14:02:02Z', '2024-06-03T14:03:02Z']
    await runAt(fixture, ['AAPL'], times)
    expect(said(fixture, words)).toHaveLength(1)
    expect(said(fixture, `over: ${words}`)).toHaveLength(1)
    expect(await ends(fixture, 'AAPL')).toEqual(['14:01', '14:02', '14:03'])
    expect(fixture.telemetry.total('market_data_troubles_total')).toBeGreaterThan(0)
  })

  it('keeps what a broken answer had, and of a symbol that cannot be read what came before', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:03:00Z')
    for (const symbol of ['AAPL', 'MSFT']) tell(fixture, symbol, [0, 1, 2])
    fixture.bars.spoil = (_query, bars) =>
      fixture.clock.at < TEN + 4 * MINUTE
        ? {
            bars: bars.filter(({ symbol, startsAt }) => symbol === 'AAPL' || startsAt === TEN),
            unreadable: new Map([['MSFT', 'a bar without a time']]),
            trouble: null,
          }
        : null
    await runAt(fixture, ['AAPL', 'MSFT'], ['2024-06-03T14:03:02Z'])
    expect([await ends(fixture, 'AAPL'), await ends(fixture, 'MSFT')]).toEqual([
      ['14:01', '14:02', '14:03'],
      ['14:01'],
    ])
    expect(said(fixture, 'a bar could not be understood')).toMatchObject([{ about: 'MSFT' }])
    await runAt(fixture, ['AAPL', 'MSFT'], ['2024-06-03T14:04:02Z'])
    expect(await ends(fixture, 'MSFT')).toEqual(['14:01', '14:02', '14:03'])
  })

  it('ends the series of an indicator that fails, and no other', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    const picky: Indicator = {
      ...highest,
      next: (state, bar) => {
        if (bar.symbol === 'MSFT') throw new RangeError('no luck')
        return highest.next(state, bar)
      },
    }
    fixture.own = [picky]
    for (const symbol of ['AAPL', 'MSFT']) tell(fixture, symbol, [0, 1])
    await runAt(fixture, ['AAPL', 'MSFT'], ['2024-06-03T14:01:02Z', '2024-06-03T14:02:02Z'])
    expect([await ends(fixture, 'AAPL'), await ends(fixture, 'MSFT')]).toEqual([['14:01', '14:02'], []])
    expect(said(fixture, 'a signal could not be made or stored')).toMatchObject([{ about: 'MSFT' }])
  })

  it('says that what an indicator keeps cannot be stored, and makes it again from the log', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    const mapped: Indicator = {
      names: ['seen'],
      initial: () => new Map(),
      next: (state, { eventTs }) => new Map([...(state as Map<string, number>), [eventTs, 1]]),
      values: (state) => ({ seen: decimal((state as Map<string, number>).size) }),
    }
    fixture.own = [mapped]
    tell(fixture, 'AAPL', [0, 1, 2])
    await runAt(fixture, ['AAPL'], ['2024-06-03T14:01:02Z', '2024-06-03T14:02:02Z'])
    await runAt(fixture, ['AAPL'], ['2024-06-03T14:03:02Z'])
    expect((await fixture.stored()).map(({ payload }) => payload['seen'])).toEqual(['1', '2', '3'])
    const words = 'what indicators keep is not stored; each process begins them anew'
    expect(said(fixture, words)[0]).toMatchObject({ about: 'AAPL 1Min' })
  })

  it('says what strategies want that no bar can give', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00Z')
    const strategies = [
      { ...wants(['AAPL']), id: 'all', universeSymbols: null },
      { ...wants(['AAPL'], '90Sec'), id: 'seconds' },
      { ...wants(['BTC/USD'], '1Week'), id: 'coins' },
      { ...wants(['AAPL'], '60Min'), id: 'hours' },
    ]
    await fixture.run(fixture.producer(), strategies)
    expect(said(fixture, 'bars that a strategy wants are not read')).toMatchObject([
      { about: 'all, seconds, coins', count: 3 },
    ])
    expect(fixture.bars.queries.map(({ timeframe }) => timeframe.name)).toContain('1Hour')
  })
})
