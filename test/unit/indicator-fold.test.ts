/**
 * The built-in indicators as a fold that can be put away: values against an independent library (trading-signals), and a fold
 * taken up from its state, through JSON, against one that was never put away.
 */
import { BollingerBands, EMA, MACD, RSI } from 'trading-signals'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { IndicatorFold, type IndicatorState } from '../../lib/market/indicator-fold.ts'
import { ONE_MINUTE } from '../../lib/market/timeframe.ts'

const START = instant('2024-06-03T13:30:00Z')
const HALF_DAY = 20

/** Prices that rise, fall and stand still, volumes that are none at times. */
function barsOf(count: number): readonly Bar[] {
  let price = 180.25
  return Array.from({ length: count }, (_, index) => {
    if (index % 11 !== 0) price = Math.round((price + Math.sin(index * index) * 2.3) * 10_000) / 10_000
    return {
      startsAt: asEpochMs(START + index * 60_000),
      symbol: 'AAPL',
      open: decimal(price),
      high: decimal((price + 0.5).toFixed(4)),
      low: decimal((price - 0.5).toFixed(4)),
      close: decimal(price),
      volume: index % 7 === 0 ? null : decimal(index % 5 === 0 ? 0 : index),
    }
  })
}

const newFold = (state?: IndicatorState) =>
  new IndicatorFold(ONE_MINUTE, (at) => Math.floor((at - START) / 60_000 / HALF_DAY), state)

describe('the fold of the built-in indicators', () => {
  it('has the values of a library that knows them', () => {
    const fold = newFold()
    const [ema12, ema26, rsi, bands] = [new EMA(12), new EMA(26), new RSI(14), new BollingerBands(20, 2)]
    const macd = new MACD(new EMA(12), new EMA(26), new EMA(9))
    const shown = (value: number | null | undefined, isStable = true) =>
      value == null || !isStable ? undefined : String(Number(value.toFixed(8)))
    for (const [index, bar] of barsOf(200).entries()) {
      const close = Number(bar.close) / 1e8
      const [short, long] = [ema12.add(close), ema26.add(close)]
      const line = macd.add(close)
      const band = bands.add(close)
      expect(fold.next(bar)).toMatchObject(
        Object.fromEntries(
          Object.entries({
            ema12: shown(short, index >= 11),
            ema26: shown(long, index >= 25),
            macd: shown(line?.macd, index >= 33),
            macd_signal: shown(line?.signal, index >= 33),
            macd_hist: shown(line?.histogram, index >= 33),
            rsi14: shown(rsi.add(close)),
            boll_upper: shown(band?.upper),
            boll_lower: shown(band?.lower),
          }).filter(([, value]) => value !== undefined),
        ),
      )
    }
  })

  it('goes on from its state as if it had never been put away, at every bar', () => {
    const bars = barsOf(90)
    const whole = newFold()
    const expected = bars.map((bar) => JSON.stringify(whole.next(bar)))
    let state: IndicatorState | undefined
    const resumed = bars.map((bar) => {
      const fold = newFold(state)
      const payload = fold.next(bar)
      state = JSON.parse(JSON.stringify(fold.state)) as IndicatorState
      return JSON.stringify(payload)
    })
    expect(resumed).toEqual(expected)
  })

  it('leaves the state that it was given as it is', () => {
    const bars = barsOf(50)
    const fold = newFold()
    for (const bar of bars.slice(0, 40)) fold.next(bar)
    const { state } = fold
    const before = JSON.stringify(state)
    const other = newFold(state)
    for (const bar of bars.slice(40)) other.next(bar)
    expect(JSON.stringify(state)).toBe(before)
    expect(JSON.stringify(fold.state)).toBe(before)
  })
})
