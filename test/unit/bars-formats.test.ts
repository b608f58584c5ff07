/** Bars as common tools export them, read alike; rows written after each tool's documented columns, expectations by hand. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { formatInstant } from '../../lib/domain/time.ts'
import { seriesOf } from '../../lib/market/bar-series.ts'
import { AS_WRITTEN, type BarsFileOptions, parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { violationsOf } from '../support/violations.ts'

const read = (lines: readonly string[], options: Partial<BarsFileOptions> = {}) =>
  parseBars(lines.join('\n'), 'x.csv', { ...AS_WRITTEN, ...options })
const startsOf = (lines: readonly string[], options: Partial<BarsFileOptions> = {}) =>
  read(lines, options).map(({ startsAt }) => formatInstant(startsAt))
const faultsOf = (lines: readonly string[], options: Partial<BarsFileOptions> = {}) =>
  violationsOf(() => read(lines, options))

describe('daily bars of 4 and 5 January 2021', () => {
  const AAPL = { symbol: 'AAPL' }
  it.each<[string, readonly string[], Partial<BarsFileOptions>]>([
    [
      'of Yahoo Finance',
      [
        'Date,Open,High,Low,Close,Adj Close,Volume',
        '2021-01-04,133.52,133.61,126.76,129.41,126.83,143301900',
        '2021-01-05,128.89,131.74,128.43,131.01,128.4,97664900',
      ],
      AAPL,
    ],
    [
      'of Stooq, with a column for the symbol',
      [
        '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>',
        'AAPL.US,D,20210104,000000,133.52,133.61,126.76,129.41,143301900,0',
        'AAPL.US,D,20210105,000000,128.89,131.74,128.43,131.01,97664900,0',
      ],
      {},
    ],
    [
      "of Alpaca, at New York's midnight",
      [
        'symbol,timestamp,open,high,low,close,volume,trade_count,vwap',
        'AAPL,2021-01-04 05:00:00+00:00,133.52,133.61,126.76,129.41,143301900,1310228,129.7',
        'AAPL,2021-01-05 05:00:00+00:00,128.89,131.74,128.43,131.01,97664900,707588,130.7',
      ],
      {},
    ],
    [
      'of TradingView, in epoch seconds at the open',
      [
        'time,open,high,low,close,Volume,RSI',
        '1609770600,133.52,133.61,126.76,129.41,143301900,61.2',
        '1609857000,128.89,131.74,128.43,131.01,97664900,62.3',
      ],
      AAPL,
    ],
    [
      'the newest first, with semicolons and dates of Germany',
      [
        'Datum;Date;Open;High;Low;Close;Volume',
        'x;05.01.2021;128.89;131.74;128.43;131.01;97664900',
        'x;04.01.2021;133.52;133.61;126.76;129.41;143301900',
      ],
      AAPL,
    ],
    [
      'with months in words and quotes',
      [
        '"Date","Open","High","Low","Close","Volume"',
        '"Jan 04, 2021","133.52","133.61","126.76","129.41","143301900"',
        '"Jan 05, 2021","128.89","131.74","128.43","131.01","97664900"',
      ],
      AAPL,
    ],
    [
      "at Paris's midnight",
      [
        'timestamp,symbol,open,high,low,close,volume',
        '2021-01-04T00:00:00+01:00,AAPL,133.52,133.61,126.76,129.41,143301900',
        '2021-01-05T00:00:00+01:00,AAPL,128.89,131.74,128.43,131.01,97664900',
      ],
      {},
    ],
  ])('%s are the same bars', (_, lines, options) => {
    const day = (startsAt: string, [open, high, low, close]: readonly number[], volume: number) => ({
      startsAt: Date.parse(startsAt),
      symbol: 'AAPL',
      open: decimal(open ?? 0),
      high: decimal(high ?? 0),
      low: decimal(low ?? 0),
      close: decimal(close ?? 0),
      volume: decimal(volume),
    })
    const bars = read(lines, options)
    expect(bars).toEqual([
      day('2021-01-04T00:00:00Z', [133.52, 133.61, 126.76, 129.41], 143_301_900),
      day('2021-01-05T00:00:00Z', [128.89, 131.74, 128.43, 131.01], 97_664_900),
    ])
    expect(seriesOf(bars).map(({ timeframe }) => timeframe.name)).toEqual(['1Day'])
  })
})

describe('amounts and headers of other tools', () => {
  const HEADER = 'timestamp,symbol,open,high,low,close,volume'
  const POINT = /a point before its fraction and nothing between thousands/

  it.each([
    ['a comma before the fraction', ['100,03', '101,5', '99,2', '100,5', '1000'], 'open'],
    ['commas between thousands', ['100.5', '101', '100', '100.5', '9,845,080'], 'volume'],
    ['both', ['1.234,56', '1300', '1200', '1250', '1000'], 'open'],
  ])('with %s are refused with what is wrong about it', (_, amounts, column) => {
    const row = ['2021-01-04', 'AAPL', ...amounts.map((amount) => `"${amount}"`)].join(',')
    expect(faultsOf([HEADER, row])[0]).toMatchObject({
      path: `x.csv:2 ${column}`,
      allowed: expect.stringMatching(POINT) as unknown,
    })
  })

  it('that are no numbers at all are told no more than that', () => {
    expect(faultsOf([HEADER, '2021-01-04,AAPL,n/a,2,1,1,5'])[0]?.allowed).toBe('a decimal number')
  })

  // as yfinance 0.2.51 and later write what `download` returns
  it.each([
    [
      'of one symbol',
      ['Price,Close,High,Low,Open,Volume', 'Ticker,AAPL,AAPL,AAPL,AAPL,AAPL', 'Date,,,,,'],
      /put Date for Price and delete the lines 2 and 3.*multi_level_index=False/,
    ],
    [
      'of several',
      ['Price,Close,Close,Open,Open,High,High,Low,Low,Volume,Volume', 'Ticker,A,B,A,B,A,B,A,B,A,B'],
      /one symbol a file.*multi_level_index=False/,
    ],
  ])("under yfinance's header of three lines, %s, are refused with what to do", (_, lines, message) => {
    expect(faultsOf(lines, { symbol: 'AAPL' })[0]).toMatchObject({
      path: 'x.csv:1',
      allowed: expect.stringMatching(message) as unknown,
    })
  })
})

describe('candles of Binance', () => {
  const candle = (openTime: string) =>
    `${openTime},46000.1,46010,45990.5,46001,12.5,1640995259999,575012.4,300,6.1,280000.0,0`

  it.each([
    ['milliseconds', ['1640995200000', '1640995260000']],
    ['microseconds', ['1640995200000000', '1640995260000000']],
  ])('are read without a header, in %s', (_, times) => {
    expect(startsOf(times.map(candle), { symbol: 'BTCUSDT' })).toEqual([
      '2022-01-01T00:00:00Z',
      '2022-01-01T00:01:00Z',
    ])
    expect(read(times.map(candle), { symbol: 'BTCUSDT' })[0]?.symbol).toBe('BTC/USDT')
  })

  it('need a symbol', () => {
    expect(faultsOf([candle('1640995200000')])).toMatchObject([
      { path: 'x.csv:1', found: 'no column for the symbol' },
    ])
  })
})

describe('times', () => {
  const HEADER = 'timestamp,open,high,low,close'
  const SPY = { symbol: 'SPY' }
  const at = (...times: readonly string[]) => [HEADER, ...times.map((time) => `${time},1,1,1,1`)]

  it('without a zone are read in the one that is given, on both sides of a change of clocks', () => {
    // Clocks went forward on 10 March 2024: half past nine is 14:30 UTC on the 8th, 13:30 on the 11th.
    const lines = at('2024-03-08 09:30', '2024-03-08 09:31', '2024-03-11 09:30', '2024-03-11 09:31')
    expect(startsOf(lines, { ...SPY, timezone: 'America/New_York' })).toEqual([
      '2024-03-08T14:30:00Z',
      '2024-03-08T14:31:00Z',
      '2024-03-11T13:30:00Z',
      '2024-03-11T13:31:00Z',
    ])
    expect(faultsOf(lines, SPY)[0]?.allowed).toContain('--timezone')
  })

  it.each([
    ['is told by another row', at('01/02/2024', '01/31/2024', '02/01/2024'), null, '2024-01-02T00:00:00Z'],
    ['is told by the option', at('01/02/2024', '02/02/2024'), 'dmy' as const, '2024-02-01T00:00:00Z'],
  ])('whose day and month could be either: which is which %s', (_, lines, dateOrder, first) => {
    expect(startsOf(lines, { ...SPY, dateOrder })[0]).toBe(first)
  })

  it('whose day and month cannot be told apart are refused', () => {
    expect(faultsOf(at('01/02/2024', '02/02/2024'), SPY)[0]?.allowed).toContain('--date-order')
  })

  it.each([
    '2024-02-30',
    '30.02.2024',
    '2024-01-01 25:00',
    '2024-01-01T10:61:00Z',
    '30 Feb 2024',
    '12',
    'soon',
  ])('such as %s are none', (time) => {
    expect(faultsOf(at(time), { ...SPY, timezone: 'UTC' })).toMatchObject([
      { path: 'x.csv:2 timestamp', found: JSON.stringify(time) },
    ])
  })
})

describe('the timeframe', () => {
  const bars = (times: readonly string[], symbol = 'BTC/USD') => [
    'timestamp,symbol,open,high,low,close',
    ...times.map((time) => `${time},${symbol},1,1,1,1`),
  ]
  const nameOf = (lines: readonly string[]) => seriesOf(read(lines)).map(({ timeframe }) => timeframe.name)

  it.each([
    ['1Min', ['2024-03-06T15:00:00Z', '2024-03-06T15:01:00Z', '2024-03-06T15:04:00Z']],
    ['4Hour', ['2024-03-06T00:00:00Z', '2024-03-06T04:00:00Z', '2024-03-06T12:00:00Z']],
    ['1Day', ['2024-03-01', '2024-03-04', '2024-03-05']],
    ['1Day', ['2024-03-01', '2024-03-04']],
    ['1Week', ['2024-03-04', '2024-03-11', '2024-03-18']],
    ['1Week', ['2024-05-20', '2024-05-28', '2024-06-03']],
    ['1Month', ['2024-01-01', '2024-02-01', '2024-03-01']],
  ])('is %s', (name, times) => {
    expect(nameOf(bars(times))).toEqual([name])
  })

  it.each([
    ['a start of a quarter of a second later', ['15:00:00.25', '15:01:00', '15:02:00', '15:03:00'], 2],
    ['a start in between', ['15:00:00', '15:01:00', '15:01:17', '15:02:00', '15:03:00'], 4],
  ])('is none with %s: the bar is named', (_, times, line) => {
    const lines = bars(times.map((time) => `2024-03-06T${time}Z`))
    expect(faultsOf(lines).map(({ path }) => path)).toEqual([`x.csv:${line} timestamp`])
  })

  it("is none with today's unfinished row below the days", () => {
    const lines = bars(['2024-03-04', '2024-03-05', '2024-03-06', '2024-03-06T20:41:07Z'], 'AAPL')
    expect(faultsOf(lines).map(({ path }) => path)).toEqual(['x.csv:5 timestamp'])
  })

  it('is each symbol its own, in whichever order they come', () => {
    const minutes = bars(['2024-03-06T15:00:00Z', '2024-03-06T15:01:00Z'])
    const days = bars(['2024-03-05', '2024-03-06'], 'AAPL').slice(1)
    const single = bars(['2024-03-05'], 'IBM').slice(1)
    const names = (lines: readonly string[]) =>
      seriesOf(read(lines))
        .map(({ symbol, timeframe }) => `${symbol} ${timeframe.name}`)
        .sort()
    const [header = '', ...rows] = minutes
    const expected = ['AAPL 1Day', 'BTC/USD 1Min', 'IBM 1Day']
    expect(names([header, ...rows, ...days, ...single])).toEqual(expected)
    expect(names([header, ...single, ...days, ...rows])).toEqual(expected)
  })
})
