/** What is known of bars by their stream, in front of the source that is asked for the rest. */
import { describe, expect, it } from 'vitest'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import type { BarSource } from '../../lib/ports/bar-source.ts'
import { LiveBars } from '../../lib/producer/live-bars.ts'
import { barAt } from '../support/market-data-fixture.ts'

const MINUTE = 60_000
const TEN = instant('2024-06-03T14:00:00Z')
const NAMED = { symbols: ['AAPL'], timeframe: { name: '1Min', durationMs: MINUTE }, from: TEN }

/** A source that tells what it has by now, behind a stream that is listened to. */
function listened(...closes: readonly number[]) {
  const told = [...closes]
  let requests = 0
  const source: BarSource = {
    requests: 0,
    readBars: async () => {
      requests += 1
      return {
        bars: told.map((close, minute) => barAt('AAPL', TEN + minute * MINUTE, close)),
        unreadable: new Map(),
        trouble: null,
      }
    },
    readSplits: async () => [],
  }
  const live = new LiveBars()
  live.listening()
  const bars = live.before(source)
  const at = async (minutes: number) =>
    (await bars.readBars({ ...NAMED, to: asEpochMs(TEN + minutes * MINUTE) })).bars.map(
      ({ close }) => Number(close) / 1e8,
    )
  return { live, told, at, asked: () => requests }
}

describe('live bars', () => {
  it('ask again for a bar that had not closed when its source was asked, unless the stream has told it since', async () => {
    const { told, at, asked } = listened(100, 90)
    expect(await at(1.5)).toEqual([100, 90])
    told[1] = 101
    expect([await at(2), asked()]).toEqual([[100, 101], 2])
    expect([await at(2.1), asked()]).toEqual([[100, 101], 2])
  })

  it('say of a bar that had not closed what the stream has told since', async () => {
    const { live, at, asked } = listened(100, 90)
    await at(1.5)
    live.take(barAt('AAPL', TEN + MINUTE, 102))
    expect([await at(2), asked()]).toEqual([[100, 102], 1])
  })

  it('ask again for a symbol of which the stream has told what cannot be read', async () => {
    const { live, told, at, asked } = listened(100, 101)
    await at(2)
    expect([await at(2), asked()]).toEqual([[100, 101], 1])
    live.missed('AAPL')
    told.push(102)
    expect([await at(3), asked()]).toEqual([[100, 101, 102], 2])
  })
})
