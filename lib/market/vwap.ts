/** Volume-weighted average prices, of a session and of the last five minutes, as folds over bars. */
import type { Bar } from './bars.ts'
import { asDouble } from './decimal-double.ts'

const WINDOW_MS = 300_000

export interface VwapState {
  /** The session that the sums are of; null before the first bar. */
  session: number | null
  traded: number
  volume: number
  window: { readonly startsAt: number; readonly traded: number; readonly volume: number }[]
}

export function newVwap(): VwapState {
  return { session: null, traded: 0, volume: 0, window: [] }
}

/** Since the symbol's session has opened, by the calendar; bars outside of it on the exchange's day are by themselves. */
export function sessionVwap(state: VwapState, bar: Bar, session: number): number | null {
  if (session !== state.session) {
    state.session = session
    state.traded = 0
    state.volume = 0
  }
  const trade = tradeOf(bar)
  if (trade === null) return null
  if (trade.volume !== 0) {
    state.traded += trade.traded
    state.volume += trade.volume
  }
  return state.volume === 0 ? null : state.traded / state.volume
}

/** Over the bars of the five minutes that end with this bar. */
export function windowVwap(state: VwapState, bar: Bar): number | null {
  const trade = tradeOf(bar)
  if (trade === null) return null
  const { window } = state
  window.push({ startsAt: bar.startsAt, traded: trade.traded, volume: trade.volume })
  while ((window[0]?.startsAt ?? bar.startsAt) <= bar.startsAt - WINDOW_MS) window.shift()
  let shares = 0
  let traded = 0
  for (const entry of window) {
    shares += entry.volume
    traded += entry.traded
  }
  return shares === 0 ? null : traded / shares
}

function tradeOf({
  high,
  low,
  close,
  volume,
}: Bar): { readonly traded: number; readonly volume: number } | null {
  if (high === null || low === null || volume === null) return null
  const typical = (asDouble(high) + asDouble(low) + asDouble(close)) / 3
  return { traded: typical * asDouble(volume), volume: asDouble(volume) }
}
