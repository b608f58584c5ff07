/**
 * `torghut rerun`: every sealed cycle planned again by the code at hand, and compared; or, under other strategies or plugins,
 * what would have been decided instead, which is an answer and no fault.
 */
import type { Decision } from '../../domain/decision.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import { formatInstant } from '../../domain/time.ts'
import { parseStrategies } from '../../formats/strategies-file.ts'
import { differenceInWords, firstDifference } from '../../replay/first-difference.ts'
import { type RerunCycle, type RerunDeps, rerunCycles } from '../../replay/rerun.ts'
import { compileStrategies } from '../../strategy/compile.ts'
import type { CliContext } from '../context.ts'
import { asSealed, type SealedLanes, type SealedLanesOptions, withSealedLanes } from '../sealed-lanes.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readTextFile } from '../terminal/input-file.ts'
import { parseSince, type Since } from '../verb.ts'

interface RerunOptions extends SealedLanesOptions {
  readonly since?: Since
  readonly strategies?: string
}

/** What came of one cycle. */
export interface Row {
  readonly account: string
  readonly version: number
  readonly tick_at: string
  readonly result: 'same' | 'differs' | 'not_planned'
  readonly detail: string | null
}

export async function runRerun(context: CliContext, options: RerunOptions): Promise<ExitCode> {
  const { output } = context
  const counts = { same: 0, differs: 0, not_planned: 0 }
  const tell = async (row: Row): Promise<void> => {
    counts[row.result] += 1
    if (options.json) await output.printJson(row)
    else if (row.result !== 'same') {
      await output.print(`${row.account} ${row.tick_at} cycle ${row.version}: ${row.detail ?? row.result}`)
    }
  }
  const isQuestion = await withSealedLanes(
    context,
    options,
    options.since ?? parseSince('7d'),
    async (lanes) => {
      const asked = options.strategies !== undefined || lanes.otherPlugins
      await rerunAll(context, options, lanes, async (cycle) => tell(rowOf(cycle, !asked)))
      return asked
    },
  )
  const { same, differs, not_planned: unknown } = counts
  output.note(`${same} cycles as sealed, ${differs} otherwise, ${unknown} that cannot be planned again.`)
  return differs > 0 && !isQuestion ? EXIT.negative : EXIT.ok
}

async function rerunAll(
  { folder }: CliContext,
  { strategies: file }: RerunOptions,
  lanes: SealedLanes,
  tell: (cycle: RerunCycle) => Promise<void>,
): Promise<void> {
  const { accounts, source, since, registry } = lanes
  const other = file === undefined ? null : parseStrategies(await readTextFile(file, folder), file)
  const sealed = asSealed(lanes)
  const deps: RerunDeps =
    other === null
      ? sealed
      : { ...sealed, strategies: async (_, settings) => compileStrategies(other, registry, settings) }
  for (const label of accounts) {
    for await (const cycle of rerunCycles(label, source, since, deps)) await tell(cycle)
  }
}

/** @param whole the plan as a whole, or only what was decided */
export function rowOf(cycle: RerunCycle, whole: boolean): Row {
  const { record, plan, reason } = cycle
  const { accountLabel: account, version, inputs } = record
  const row = { account, version, tick_at: formatInstant(inputs.tickAt) }
  if (plan === null) return { ...row, result: 'not_planned', detail: reason }
  if (!whole) {
    const changes = decisionChanges(cycle)
    return changes.length === 0
      ? { ...row, result: 'same', detail: null }
      : { ...row, result: 'differs', detail: changes.join('; ') }
  }
  const difference = firstDifference(record.plan, plan)
  if (difference === null) return { ...row, result: 'same', detail: null }
  return { ...row, result: 'differs', detail: differenceInWords(difference) }
}

/** Signal by signal, what would have been decided instead. */
function decisionChanges({ record, signals, plan }: RerunCycle): string[] {
  return signals.flatMap(({ position, signal }) => {
    const at = (decisions: readonly Decision[] = []) =>
      decisions
        .filter((decision) => decision.position === position)
        .map(decided)
        .join(', ') || 'nothing'
    const [was, is] = [at(record.plan.decisions), at(plan?.decisions)]
    return was === is ? [] : [`${signal.symbol} ${formatInstant(signal.eventTs)}: ${was} -> ${is}`]
  })
}

function decided({ side, quantity, outcome }: Decision): string {
  return `${side} ${formatDecimal(quantity)}${outcome.kind === 'denied' ? ` (denied: ${outcome.reason})` : ''}`
}
