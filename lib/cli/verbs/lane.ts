/** `torghut lane resume LABEL`: lifts the halt of a lane, after an operator has looked into it. */
import { accountLabel } from '../../domain/account-label.ts'
import { readFleet } from '../../operations/deployment.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

interface ResumeOptions extends StageOption {
  readonly confirm?: string
}

export async function resumeLane(context: CliContext, options: ResumeOptions, text = ''): Promise<ExitCode> {
  const { output } = context
  const label = accountLabel(text)
  const deployment = await openChosenDeployment(context, options)
  const { settings } = await readFleet(deployment)
  const lane = await deployment.stores.lanes.readLane(label, settings.signalSource)
  if (lane === null || lane.halted === null) {
    const state = lane === null ? 'has had no cycle yet' : 'is not halted'
    if (options.json) await output.printJson({ account: label, resumed: false, halted: null })
    else await output.print(`The lane of ${label} ${state}; nothing was changed.`)
    return EXIT.negative
  }
  const what = `The lane of ${label} was halted: ${lane.halted}. This lets it go on.`
  await confirmLabel(context, what, { label, stage: deployment.stage }, options.confirm)
  await deployment.stores.lanes.resume(label, settings.signalSource)
  if (options.json) await output.printJson({ account: label, resumed: true, halted: lane.halted })
  else await output.print(`The lane of ${label} goes on with the next tick.`)
  return EXIT.ok
}
