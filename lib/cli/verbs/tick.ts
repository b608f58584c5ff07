/** `torghut tick`: invokes a stage's dispatcher as its schedule would, now. */
import { collect } from '../../domain/collect.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { floorToMinute, formatInstant, type EpochMs } from '../../domain/time.ts'
import type { DispatchSummary } from '../../lanes/dispatch.ts'
import type { Deployment } from '../../operations/deployment.ts'
import { selectRecords } from '../../operations/log-records.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

/** The dispatcher's record of a tick. */
const DISPATCHED = 'tick dispatched'

export async function runTick(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const at = floorToMinute(deployment.clock.now())
  const earlier = await earlierTick(deployment, at)
  const answer = await deployment.dispatcher.dispatch(deployment.clock.now())
  if (answer.kind === 'failed') {
    output.note(`error: the dispatcher failed: ${answer.error}`)
    output.note('Nothing more was dispatched. See `torghut doctor` and `torghut logs --function dispatch`.')
    if (options.json) await output.printJson({ error: answer.error })
    return EXIT.negative
  }
  // what the function returned, as JSON makes it; a stage of another version may say less
  const summary = (answer.payload ?? {}) as Partial<DispatchSummary>
  if (options.json) await output.printJson({ ...jsonOf(summary), duplicate: earlier !== null })
  else for (const line of linesOf(summary)) await output.print(line)
  if (earlier !== null) {
    output.note(
      `A duplicate: the tick of this minute was dispatched at ${formatInstant(earlier)} already, and its lanes run once.`,
    )
  }
  return (summary.failed?.length ?? 0) > 0 ? EXIT.negative : EXIT.ok
}

/**
 * When the minute's cycles were dispatched before, as the dispatcher's log tells; null when they were not. The queue
 * takes a second message of one id like the first, and delivers it to nobody.
 */
async function earlierTick({ logs }: Deployment, minute: EpochMs): Promise<EpochMs | null> {
  try {
    const lines = await collect(logs.read('dispatch', minute, DISPATCHED))
    const found = selectRecords(lines, { account: null, everything: false }).find(
      ({ fields }) =>
        fields?.['message'] === DISPATCHED &&
        fields['tick_at'] === formatInstant(minute) &&
        Number(fields['cycles']) > 0,
    )
    return found?.at ?? null
  } catch (error) {
    // nothing was ever dispatched here
    if (error instanceof ConfigurationError) return null
    throw error
  }
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
