/** What every source of bars promises (docs/market-data.md), of bars of a file: in memory, and over Alpaca's endpoints. */
import { afterEach, describe, expect, it } from 'vitest'
import { openAlpacaBars } from '../../lib/adapters/alpaca/bar-source.ts'
import { MemoryBarSource } from '../../lib/adapters/memory/bar-source.ts'
import { RequestBudget } from '../../lib/domain/request-budget.ts'
import { formatDecimal } from '../../lib/domain/decimal.ts'
import { type EpochMs, instant, plusSeconds } from '../../lib/domain/time.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { ONE_DAY, ONE_MINUTE } from '../../lib/market/timeframe.ts'
import type { BarAnswer, BarQuery, BarSource, SourceBar } from '../../lib/ports/bar-source.ts'
import { HandClock } from '../support/hand-clock.ts'
import { SteppedExchange } from '../support/market-exchange.ts'
import { ALPHA_KEY } from '../support/paper-exchange-fixture.ts'

/** Two shares and a coin; MSFT has no bar of 9:32. */
const FILE = `timestamp,symbol,open,high,low,close,volume
2013-10-01T13:30:00Z,AAPL,478.45,479,478,478.5,1000
2013-10-01T13:31:00Z,AAPL,478.5,480,478.25,479.75,1100.5
2013-10-01T13:32:00Z,AAPL,479.8,481.5,479.75,481,1200
2013-10-01T13:30:00Z,MSFT,33.35,33.4,33.3,33.36,5000
2013-10-01T13:31:00Z,MSFT,33.36,33.37,33.2,33.25,4000
2013-10-01T13:30:00Z,BTC/USD,140.12345678,141,140,140.5,1.25
2013-10-01T13:31:00Z,BTC/USD,140.5,142,140.5,141.75,0.00000001
`
const bars = parseBars(FILE, 'bars.csv') as readonly SourceBar[]

interface OpenSource {
  readonly source: BarSource
  moveTo(at: EpochMs): void
  close(): Promise<void>
}

const KINDS: readonly { readonly name: string; readonly open: () => Promise<OpenSource> }[] = [
  {
    name: 'memory',
    open: async () => {
      const clock = new HandClock('2013-10-01T13:30:00Z')
      const known = bars.map((bar) => ({ bar, timeframe: '1Min', knownAt: plusSeconds(bar.startsAt, 60) }))
      const source = new MemoryBarSource({ bars: known, now: clock.now })
      return { source, moveTo: (at) => clock.set(at), close: async () => {} }
    },
  },
  {
    name: 'alpaca',
    open: async () => {
      const stepped = await SteppedExchange.open({ bars })
      const { baseUrl } = stepped
      const budget = new RequestBudget(100)
      const source = openAlpacaBars({ baseUrl, credentials: ALPHA_KEY, feed: 'iex', budget })
      return { source, moveTo: (at) => stepped.moveTo(at), close: () => stepped.close() }
    },
  },
]

const FROM = instant('2013-10-01T13:30:00Z')
const query = (symbols: readonly string[], more: Partial<BarQuery> = {}): BarQuery => ({
  symbols,
  timeframe: ONE_MINUTE,
  from: FROM,
  to: instant('2013-10-01T13:59:00Z'),
  ...more,
})
const shown = ({ bars: told, trouble, unreadable }: BarAnswer) => {
  expect([trouble, unreadable.size]).toEqual([null, 0])
  return told.map(({ symbol, startsAt, close, volume }) =>
    [symbol, (startsAt - FROM) / 60_000, formatDecimal(close), formatDecimal(volume)].join(' '),
  )
}

describe.each(KINDS)('a source of bars: $name', ({ open }) => {
  let opened: OpenSource
  afterEach(() => opened.close())

  it('tells the closed bars of many symbols, in the order of time within each', async () => {
    opened = await open()
    opened.moveTo(instant('2013-10-01T13:32:00Z'))
    const told = shown(await opened.source.readBars(query(['AAPL', 'MSFT', 'GONE'])))
    expect(told.toSorted()).toEqual([
      'AAPL 0 478.5 1000',
      'AAPL 1 479.75 1100.5',
      'MSFT 0 33.36 5000',
      'MSFT 1 33.25 4000',
    ])
    expect(opened.source.requests).toBe(1)
  })

  it('tells coins to the last digit', async () => {
    opened = await open()
    opened.moveTo(instant('2013-10-01T13:32:00Z'))
    expect(shown(await opened.source.readBars(query(['BTC/USD'])))).toEqual([
      'BTC/USD 0 140.5 1.25',
      'BTC/USD 1 141.75 0.00000001',
    ])
  })

  it('keeps to the range, both ends of it', async () => {
    opened = await open()
    opened.moveTo(instant('2013-10-01T13:40:00Z'))
    const [from, to] = [plusSeconds(FROM, 60), plusSeconds(FROM, 120)]
    expect(shown(await opened.source.readBars(query(['AAPL', 'MSFT'], { from, to })))).toEqual([
      'AAPL 1 479.75 1100.5',
      'AAPL 2 481 1200',
      'MSFT 1 33.25 4000',
    ])
  })

  it('has no bars of a timeframe that is not there', async () => {
    opened = await open()
    opened.moveTo(instant('2013-10-01T13:40:00Z'))
    expect(shown(await opened.source.readBars(query(['AAPL'], { timeframe: ONE_DAY })))).toEqual([])
  })
})
