/** `torghut rollout rollback`: back to a single account, in four steps that are shown before they are done. */
import { setTimeout as sleep } from 'node:timers/promises'
import { readFleet } from '../../operations/deployment.ts'
import { planRollback, rollBack, type RollbackStep } from '../../operations/rollback.ts'
import type { CliContext } from '../context.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'

interface RollbackOptions extends StageOption {
  readonly dryRun?: true
  readonly cancel?: true
  readonly drainSeconds?: number
}

const DRAIN_SECONDS = 120

export async function rollBackAccounts(context: CliContext, options: RollbackOptions): Promise<ExitCode> {
  const { output } = context
  const { json, dryRun, cancel = false, drainSeconds = DRAIN_SECONDS } = options
  const deployment = await openChosenDeployment(context, options)
  const steps = await planRollback(await readFleet(deployment), cancel, deployment)
  if (!json) for (const [index, step] of steps.entries()) await output.print(`${index + 1} ${lineOf(step)}`)
  const byHand = steps.filter((step) => step.by === 'flag_service' && !step.done)
  for (const { what } of byHand)
    output.note(`By hand: ${what}. The variable below keeps accounts out meanwhile.`)
  if (dryRun) {
    if (json) await output.printJson({ steps, done: false })
    output.note('Nothing was changed (--dry-run).')
    return EXIT.ok
  }
  const drain = { seconds: drainSeconds, pause: (milliseconds: number) => sleep(milliseconds) }
  const outcome = await rollBack(steps, deployment, drain, ({ what }) => output.note(`done: ${what}`))
  if (json) await output.printJson({ steps, outcome: outcome.kind })
  if (outcome.kind === 'not_drained') {
    output.note(
      `The queue of the second topic still holds ${outcome.waiting} messages after ${drainSeconds} s, so the topic stays: run this again, or look at torghut logs --function order-feed.`,
    )
    return EXIT.negative
  }
  output.note(
    'A single account runs from the next tick on. What is open of others is wound down: torghut status.',
  )
  return EXIT.ok
}

function lineOf({ what, writes, done }: RollbackStep): string {
  const values = Object.entries(writes).map(([name, value]) => `${name}=${value}`)
  const how = done ? 'already' : values.length > 0 ? values.join(' ') : 'nothing to write'
  return `${what} (${how})`
}
