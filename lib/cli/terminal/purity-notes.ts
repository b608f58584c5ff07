/** Strategies that answered one signal in two ways, as verbs tell it: as JSON, and in a line each on stderr. */
import { formatInstant } from '../../domain/time.ts'
import type { Impurity } from '../../replay/purity.ts'
import type { Output } from './output.ts'

/** As `--json` prints them. */
export function impuritiesJson(found: readonly Impurity[]): readonly Readonly<Record<string, unknown>>[] {
  return found.map(({ strategyId, by, signal: { eventTs, symbol }, answers }) => ({
    strategy_id: strategyId,
    by,
    event_ts: formatInstant(eventTs),
    symbol,
    answers,
  }))
}

const HOW = { asked_again: 'asked again', loaded_anew: 'by its module loaded anew' } as const

export function notePurity(found: readonly Impurity[], output: Output): void {
  for (const { strategyId, by, signal, answers } of found) {
    const at = `${signal.symbol} ${formatInstant(signal.eventTs)}`
    output.note(
      `Strategy ${strategyId} does not depend on its arguments alone: at ${at} it says ${answers[0]}, and ${HOW[by]} ${answers[1]}.`,
    )
  }
  if (found.length === 0) output.note('Every strategy gave the same answers when it was asked again.')
}
