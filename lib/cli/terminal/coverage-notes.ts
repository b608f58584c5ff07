/** Tells what strategies were not asked about, where people look last: below the results. */
import { flag, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { StrategyDefinition } from '../../domain/strategy-definition.ts'
import type { StrategyCounts } from '../../replay/report/strategy-counts.ts'
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

/** What a run knows of the silence of its strategies. */
interface Silence {
  readonly strategies: readonly StrategyDefinition[]
  readonly warnings: readonly CoverageWarning[]
}

/** Tells which strategies were asked and wanted nothing at all. @param counts of every account */
export function noteSilent(
  { strategies, warnings }: Silence,
  counts: readonly StrategyCounts[],
  output: Output,
): void {
  const heard = new Set([
    ...warnings.filter(({ neverAsked }) => neverAsked).map(({ strategyId }) => strategyId),
    ...counts.filter(({ intents, errors }) => intents + errors > 0).map(({ strategy }) => strategy),
  ])
  for (const { id, enabled } of strategies) {
    if (enabled && !heard.has(id)) output.note(`Strategy ${id} wanted nothing of any signal.`)
  }
}
