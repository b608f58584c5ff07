/** Wilder's RSI of 14 bars, as a fold over closes. */

const BARS = 14
const WEIGHT = 1 / BARS
const MOST = 100

export interface RsiState {
  /** The first 14 steps up, 0 where the price did not rise; later ones are in the average. */
  gains: number[]
  losses: number[]
  /** Null before the first 14. */
  averageGain: number | null
  averageLoss: number | null
}

/** Folds a close in, changing the state. @returns null before 14 steps are known */
export function wilderRsi(state: RsiState, close: number, previous: number | null): number | null {
  if (previous === null) return null
  const rose = close > previous
  state.averageGain = smoothed(state.averageGain, state.gains, rose ? close - previous : 0)
  state.averageLoss = smoothed(state.averageLoss, state.losses, rose ? 0 : previous - close)
  const { averageGain, averageLoss } = state
  if (averageGain === null || averageLoss === null) return null
  return averageLoss === 0 ? MOST : MOST - MOST / (averageGain / averageLoss + 1)
}

/** The mean of the first 14, then moved by a fourteenth of each difference. */
function smoothed(average: number | null, first: number[], value: number): number | null {
  if (average !== null) return (value - average) * WEIGHT + average
  first.push(value)
  if (first.length < BARS) return null
  let sum = 0
  for (const one of first) sum += one
  first.length = 0
  return sum / BARS
}
