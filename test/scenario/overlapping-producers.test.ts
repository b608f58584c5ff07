/** Two producers of one source at the same time: what one stores in the middle of the other's run is below the other's next signal. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemorySignalRows } from '../../lib/adapters/memory/signal-rows.ts'
import { instant } from '../../lib/domain/time.ts'
import { barAt, MarketDataFixture, wants } from '../support/market-data-fixture.ts'

const MINUTE = 60_000
const TEN = instant('2024-06-03T14:00:00Z')

afterEach(() => vi.restoreAllMocks())

/** Minutes 0, 1 and 2 of AAPL, of which the first answer has some, and each later one others. */
function fixtureOf(first: readonly number[], later: readonly number[]): MarketDataFixture {
  const fixture = new MarketDataFixture('2024-06-03T14:03:02Z')
  const bars = [0, 1, 2].map((minute) => barAt('AAPL', TEN + minute * MINUTE, 100 + minute))
  for (const bar of bars) fixture.bars.told.push({ bar, timeframe: '1Min', knownAt: TEN })
  fixture.bars.spoil = () => {
    const told = fixture.bars.requests === 1 ? first : later
    return { bars: bars.filter((_, minute) => told.includes(minute)), unreadable: new Map(), trouble: null }
  }
  return fixture
}

/** `other` runs as soon as the first one has read the log and makes its first marker. */
async function runAcross(fixture: MarketDataFixture) {
  const [first, other] = [fixture.producer(), fixture.producer()]
  const meanwhile = vi.spyOn(MemorySignalRows.prototype, 'createMarker').mockImplementation(async function (
    this: MemorySignalRows,
    marker,
  ) {
    meanwhile.mockRestore()
    await fixture.run(other, [wants(['AAPL'])])
    return this.createMarker(marker)
  })
  return fixture.run(first, [wants(['AAPL'])])
}

describe('a producer that is overtaken', () => {
  it('folds what the other one has stored before it stores a later bar', async () => {
    const fixture = fixtureOf([2], [0, 1])
    await runAcross(fixture)
    const stored = await fixture.stored()
    expect(stored.map(({ eventTs, payload }) => [(eventTs - TEN) / MINUTE, payload['bars']])).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ])
  })

  it('neither counts nor stores a bar that the other one has stored', async () => {
    const fixture = fixtureOf([0, 1, 2], [0, 1, 2])
    expect(await runAcross(fixture)).toMatchObject({ appended: 0, late: 0, corrections: 0, complete: true })
    expect(fixture.telemetry.total('market_data_bars_total')).toBe(3)
    expect((await fixture.stored()).map(({ payload }) => payload['bars'])).toEqual(['1', '2', '3'])
    expect(fixture.telemetry.records.filter(([level]) => level !== 'info')).toEqual([])
  })
})
