/** Tells what strategies were not asked about, where people look last: below the results. */
import { flag, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { CoverageWarning } from '../../strategy/coverage.ts'
import type { Output } from './output.ts'

/** As `--json` prints it. */
export const coverageJson = record({ strategyId: text(), neverAsked: flag, reason: text() })

export function noteCoverage(warnings: readonly CoverageWarning[], output: Output): void {
  for (const { strategyId, neverAsked, reason } of warnings) {
    output.note(
      `${neverAsked ? `Strategy ${strategyId} was never asked` : `Strategy ${strategyId}`}: ${reason}`,
    )
  }
}
