/** `torghut tick`: invokes a stage's dispatcher as its schedule would, now. */
import { formatInstant } from '../../domain/time.ts'
import type { DispatchSummary } from '../../lanes/dispatch.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

export async function runTick(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const answer = await deployment.dispatcher.dispatch(deployment.clock.now())
  if (answer.kind === 'failed') {
    output.note(`error: the dispatcher failed: ${answer.error}`)
    output.note('Nothing more was dispatched. See `torghut doctor` and `torghut logs --function dispatch`.')
    if (options.json) await output.printJson({ error: answer.error })
    return EXIT.negative
  }
  // what the function returned, as JSON makes it; a stage of another version may say less
  const summary = (answer.payload ?? {}) as Partial<DispatchSummary>
  if (options.json) await output.printJson(jsonOf(summary))
  else for (const line of linesOf(summary)) await output.print(line)
  return (summary.failed?.length ?? 0) > 0 ? EXIT.negative : EXIT.ok
}

function jsonOf({ tickAt, cycles, reconciles, held, failed, nothingToRun }: Partial<DispatchSummary>) {
  return {
    tick_at: tickAt === undefined ? null : formatInstant(tickAt),
    cycles: cycles ?? [],
    reconciles: reconciles ?? [],
    held: (held ?? []).map(({ account, reason }) => ({ account: account.label, reason })),
    failed: failed ?? [],
    nothing_to_run: nothingToRun === true,
  }
}

function linesOf({
  tickAt,
  cycles,
  reconciles,
  held,
  failed,
  nothingToRun,
}: Partial<DispatchSummary>): string[] {
  const lines = [
    `tick ${tickAt === undefined ? '' : formatInstant(tickAt)}`,
    `cycles: ${listed(cycles)}`,
    `reconciles: ${listed(reconciles)}`,
  ]
  for (const { account, reason } of held ?? []) lines.push(`held back: ${account.label} (${reason})`)
  for (const id of failed ?? []) lines.push(`not taken by the queue: ${id}`)
  if (nothingToRun === true) lines.push('nothing to run: no strategies were applied yet')
  return lines
}

function listed(labels: readonly string[] | undefined): string {
  return labels === undefined || labels.length === 0 ? 'none' : labels.join(', ')
}
