/**
 * Signals of real prices for the walk: Apple's days of February 2008, on ten of which the MACD/RSI rule buys. Only
 * their times are pushed together, to a second apart, so that all are young when they arrive.
 */
import { writeFileSync } from 'node:fs'
import { signalText } from '../../lib/formats/signal-codec.ts'
import { instant, plusSeconds } from '../../lib/domain/time.ts'
import { APPLE_SYMBOL, packagedBars } from '../../lib/local/packaged-bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'

const FROM = instant('2008-02-10T00:00:00Z')
const TO = instant('2008-02-29T00:00:00Z')

export interface RealSignals {
  readonly signals: number
  /** How many of them the MACD/RSI rule buys on (worked out here, in doubles). */
  readonly buys: number
}

/** Writes the signals as JSON lines. */
export function writeRealSignals(file: string): RealSignals {
  const signals = signalsFromBars(packagedBars(), createCalendar('us_equities')).signals.filter(
    ({ symbol, eventTs }) => symbol === APPLE_SYMBOL && eventTs > FROM && eventTs < TO,
  )
  const lines = signals.map((signal, index) =>
    signalText({ ...signal, eventTs: plusSeconds(FROM, index), ingestTs: null }),
  )
  writeFileSync(file, `${lines.join('\n')}\n`)
  const buys = signals.filter(({ payload: { macd, macd_signal, rsi14 } }) => {
    return Number(macd) > Number(macd_signal) && Number(rsi14) < 35
  })
  return { signals: signals.length, buys: buys.length }
}
