/** What strategies failed at, as verbs tell it: as a table, as JSON, and in a line each on stderr. */
import { formatInstant } from '../../domain/time.ts'
import { instantText, integer, list, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { FailedSignal, StrategyFailure } from '../../strategy/failures.ts'
import type { Colors, Output } from './output.ts'
import { renderTable } from './table.ts'

const failedSignal = record({ eventTs: instantText, symbol: text() })

export const failuresJson = list(
  record({
    strategyId: text(),
    reason: text(),
    message: text(),
    place: nullable(text()),
    first: failedSignal,
    last: failedSignal,
    count: integer,
  }),
)

/** Nothing when nothing failed. */
export function renderFailures(failures: readonly StrategyFailure[], colors: Colors): string[] {
  if (failures.length === 0) return []
  const rows = failures.map((failure) => [
    failure.strategyId,
    failure.count,
    inWords(failure.first),
    inWords(failure.last),
    whatOf(failure),
  ])
  return [renderTable(['strategy', 'errors', 'first', 'last', 'what'], rows, colors)]
}

export function noteFailures(failures: readonly StrategyFailure[], output: Output): void {
  for (const failure of failures) {
    const { strategyId, count, first, last } = failure
    const times =
      count === 1 ? `at ${inWords(first)}` : `${count} times, ${inWords(first)} to ${inWords(last)}`
    output.note(`Strategy ${strategyId}: ${whatOf(failure)} (${times})`)
  }
}

function whatOf({ reason, message, place }: StrategyFailure): string {
  return `${reason}: ${message}${place === null ? '' : `, ${place}`}`
}

function inWords({ eventTs, symbol }: FailedSignal): string {
  return `${symbol} ${formatInstant(eventTs).slice(0, 16).replace('T', ' ')}`
}
