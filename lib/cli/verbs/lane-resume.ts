/** `torghut lane resume LABEL`: lifts the halt of a lane, after an operator has looked into it. */
import { UnavailableError } from '../../domain/errors.ts'
import { formatInstant } from '../../domain/time.ts'
import type { MismatchedOrder } from '../../operations/inspect-lane.ts'
import { planResume, resumeLane, type ResumePlan } from '../../operations/resume-lane.ts'
import type { CliContext } from '../context.ts'
import { EXIT, RefusedError, type ExitCode } from '../terminal/exit-codes.ts'
import { confirmLabel } from '../terminal/prompt.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'
import { inspectNamed, orderText } from './lane.ts'

interface ResumeOptions extends StageOption {
  readonly confirm?: string
  readonly disown?: true
}

export async function resumeNamedLane(
  context: CliContext,
  options: ResumeOptions,
  text = '',
): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const { clock, stage, infrastructure } = deployment
  const inspection = await inspectNamed(deployment, text)
  const { lane, account: label } = inspection.status
  const plan = planResume(inspection, { disownOpen: options.disown === true, now: clock.now() })
  if (plan.kind === 'not_halted' || lane === null) {
    const state = lane === null ? 'has had no cycle yet' : 'is not halted'
    if (options.json) await output.printJson({ account: label, resumed: false, halted: null, disowned: [] })
    else await output.print(`The lane of ${label} ${state}; nothing was changed.`)
    return EXIT.negative
  }
  if (plan.kind !== 'ready') {
    const disown = options.disown === true ? ' --disown' : ''
    throw refusal(plan, `torghut lane resume ${label} --stage ${stage}${disown}`)
  }
  const what = [
    `The lane of ${label} was halted: ${lane.halted}. This lets it go on.`,
    ...plan.disown.map(disownText),
  ]
  await confirmLabel(context, what.join('\n'), label, options.confirm)
  const { principal } = await infrastructure.identity()
  const outcome = await resumeLane(inspection.status, plan.disown, principal, deployment)
  if (outcome.kind === 'overtaken') {
    throw new RefusedError(
      `${outcome.order.execution.clientOrderId} has just changed; the lane is still halted`,
      {
        advice: 'Look again (torghut lane show), then resume once more.',
      },
    )
  }
  const disowned = plan.disown.map(({ execution, foreign }) => ({
    client_order_id: execution.clientOrderId,
    alpaca_order_id: foreign.alpacaOrderId,
  }))
  if (options.json) {
    await output.printJson({ account: label, resumed: true, halted: lane.halted, disowned })
    return EXIT.ok
  }
  for (const one of plan.disown) await output.print(disownText(one))
  await output.print(`The lane of ${label} goes on with the next tick.`)
  return EXIT.ok
}

type NotYet = Exclude<ResumePlan, { readonly kind: 'ready' | 'not_halted' }>

/** @param again the command line to repeat */
function refusal(plan: NotYet, again: string): Error {
  if (plan.kind === 'still_open') {
    const orders = plan.orders.map(({ foreign }) => `${foreign.alpacaOrderId} (${foreign.status})`)
    return new RefusedError(`the broker still has the foreign order open: ${orders.join(', ')}`, {
      advice: `Nothing was changed. Cancel it, or give it up as it is: ${again} --disown`,
    })
  }
  const { clientOrderId } = plan.order.execution
  if (plan.kind === 'claimed') {
    const until = formatInstant(plan.until)
    return new RefusedError(`${clientOrderId} may still be being sent, until ${until}`, {
      advice: `Nothing was changed. Try again after that: ${again}`,
    })
  }
  return new UnavailableError(`the broker cannot be asked about ${clientOrderId}: ${plan.reason}`, {
    advice: 'Nothing was changed. See `torghut doctor` for the account, then try again.',
  })
}

function disownText({ execution, foreign }: MismatchedOrder): string {
  return `${execution.clientOrderId} is disowned: the broker's ${orderText(foreign)} (order ${foreign.alpacaOrderId}, ${foreign.status}) is not ours.`
}
