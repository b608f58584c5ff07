/** Bars of days of coins, whose sessions follow each other without a pause (docs/market-data.md). */
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../lib/domain/signal.ts'
import { instant } from '../../lib/domain/time.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import { barAt, MARKET_CALENDAR, MarketDataFixture, wants } from '../support/market-data-fixture.ts'

const MINUTE = 60_000
const DAY = 86_400_000

describe('the producer', () => {
  it('reads days of coins when they are over, with the signals that a backtest makes of them', async () => {
    const fixture = new MarketDataFixture('2024-06-08T00:00:02Z')
    fixture.own = []
    // a Thursday and the days after it, a weekend among them
    const first = instant('2024-06-06T00:00:00Z')
    const days = [...Array(6).keys()].map((day) => barAt('BTC/USD', first + day * DAY, 60_000 + day))
    for (const bar of days) fixture.bars.told.push({ bar, timeframe: '1Day', knownAt: bar.startsAt + MINUTE })
    fixture.warmUpBars = 2
    const producer = fixture.producer()
    const counts: number[] = []
    for (const time of [
      '08T00:00:02',
      '08T23:59:02',
      '09T00:00:02',
      '09T12:00:02',
      '10T00:00:02',
      '11T00:00:02',
    ]) {
      fixture.clock.set(`2024-06-${time}Z`)
      await fixture.run(producer, [wants(['BTC/USD'], '1Day')])
      counts.push((await fixture.stored()).length)
    }
    expect(counts).toEqual([2, 2, 3, 3, 4, 5])
    const shown = ({ eventTs, seq, timeframe, payload }: Signal) => [eventTs, seq, timeframe, payload]
    const made = signalsFromBars(days.slice(0, 5), MARKET_CALENDAR).signals
    expect((await fixture.stored()).map(shown)).toEqual(made.map(shown))
    expect((await fixture.stored())[0]?.eventTs).toBe(first + DAY)
  })
})
