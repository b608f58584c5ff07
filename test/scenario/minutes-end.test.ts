/** What the producer of bars does right around a minute's end, when its bar is under way, or on its way (docs/market-data.md). */
import { describe, expect, it } from 'vitest'
import { instant } from '../../lib/domain/time.ts'
import { barAt, MarketDataFixture, wants } from '../support/market-data-fixture.ts'

const MINUTE = 60_000
/** A Monday, 10:00 in New York. */
const TEN = instant('2024-06-03T14:00:00Z')

const prices = async (fixture: MarketDataFixture) =>
  (await fixture.stored()).map(({ payload }) => payload['price'])

describe('around the end of a minute the producer of bars', () => {
  it('stores nothing of a bar that was under way when it was asked for, though it has closed when the answer comes', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:00:58Z')
    fixture.bars.told.push({ bar: barAt('AAPL', TEN, 90), timeframe: '1Min', knownAt: TEN + 30_000 })
    fixture.bars.told.push({ bar: barAt('AAPL', TEN, 100), timeframe: '1Min', knownAt: TEN + MINUTE })
    fixture.bars.spoil = (_, bars) => {
      if (fixture.bars.requests === 1) fixture.clock.advance(5000)
      return { bars, unreadable: new Map(), trouble: null }
    }
    await fixture.run(fixture.producer(), [wants(['AAPL'])])
    expect(await prices(fixture)).toEqual(['100'])
  })

  it('does not give up a minute of which nothing has come in its first seconds', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:00.200Z')
    fixture.bars.told.push({ bar: barAt('AAPL', TEN, 100), timeframe: '1Min', knownAt: TEN + MINUTE + 400 })
    // as of a process that listens to the stream: what it does not know yet is told to it
    const producer = fixture.producer({ pause: async () => undefined })
    const run = (isPartial: boolean) =>
      producer.run({
        strategies: [wants(['AAPL'])],
        bars: fixture.bars,
        remainingMs: () => MINUTE,
        isPartial,
      })
    await run(false)
    fixture.clock.set('2024-06-03T14:01:00.450Z')
    await run(true)
    expect(await prices(fixture)).toEqual(['100'])
  })

  it('does not give up a minute as long as it looks only at what a stream has told', async () => {
    const fixture = new MarketDataFixture('2024-06-03T14:01:10Z')
    fixture.bars.told.push({
      bar: barAt('AAPL', TEN, 100),
      timeframe: '1Min',
      knownAt: TEN + MINUTE + 12_000,
    })
    const producer = fixture.producer()
    const run = () =>
      producer.run({
        strategies: [wants(['AAPL'])],
        bars: fixture.bars,
        remainingMs: () => MINUTE,
        isPartial: true,
      })
    await run()
    fixture.clock.set('2024-06-03T14:01:13Z')
    await run()
    expect(await prices(fixture)).toEqual(['100'])
  })
})
