/** An indicator as users write one: the highest high so far and the number of bars; keeps a Decimal. */
import { type Decimal, decimal, max } from '../../lib/domain/decimal.ts'
import type { Indicator } from '../../lib/domain/indicator.ts'

interface State {
  readonly top: Decimal
  readonly bars: number
}

/** @param from how many bars there must be before the high is known */
export function highestFrom(from: number): Indicator {
  return {
    names: ['highest', 'bars'],
    initial: (): State => ({ top: decimal(0), bars: 0 }),
    next: (state, { high }): State => {
      const { top, bars } = state as State
      return { top: max(top, high ?? decimal(0)), bars: bars + 1 }
    },
    values: (state) => {
      const { top, bars } = state as State
      return { highest: bars < from ? null : top, bars: decimal(bars) }
    },
  }
}

export const highest = highestFrom(1)
