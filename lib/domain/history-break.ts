/** A signal says in its payload when what came before it in its series is not to be compared with it (docs/market-data.md). */
import type { Signal } from './signal.ts'

/** A whole session without a bar, or a price of another scale. */
export type HistoryBreak = 'gap' | 'split'

/** The name under which a signal's payload says so. */
export const HISTORY_BROKEN = 'history_broken'

/** What lies right before a signal; null: nothing that breaks the history. */
export function breakOf({ payload: { [HISTORY_BROKEN]: broken } }: Signal): HistoryBreak | null {
  return broken === 'gap' || broken === 'split' ? broken : null
}
