/** `torghut rollout status`: which of the five stages applies, what was seen in it, how to go on and back. */
import { type RolloutStatus, readRolloutStatus } from '../../operations/rollout-status.ts'
import { needText, type SoakFigures } from '../../operations/soak.ts'
import { instantText, integer, mapOf, nullable } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { CliContext } from '../context.ts'
import { withAge } from '../terminal/age.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

export async function showRollout(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const deployment = await openChosenDeployment(context, options)
  const status = await readRolloutStatus(deployment)
  if (options.json) await output.printJson(jsonOf(status))
  else await printStatus(output, status, deployment.clock.now())
  return EXIT.ok
}

const figuresJson = record({
  since: nullable(instantText),
  cycles: integer,
  signals: integer,
  decisions: integer,
  accepted: integer,
  denials: integer,
  denialsByReason: mapOf(integer),
  errors: integer,
  fallbacks: integer,
  shadowDivergences: integer,
  circuitsOpened: integer,
})

function jsonOf({ stage, figures, needs, next, rollback }: RolloutStatus) {
  return {
    stage: { number: stage.number, name: stage.name, meaning: stage.meaning },
    figures: figuresJson.encode(figures),
    ready: needs.every(({ met }) => met),
    needs: needs.map((need) => ({ need: needText(need), found: need.found, met: need.met })),
    next: next && {
      number: next.stage.number,
      name: next.stage.name,
      commands: next.commands,
      skipped: next.skipped.map(({ number }) => number),
    },
    rollback,
  }
}

async function printStatus(output: Output, status: RolloutStatus, now: EpochMs): Promise<void> {
  const { stage, figures, needs, next, rollback } = status
  const { bold, green, yellow, dim } = output.colors
  await output.print(bold(`stage ${stage.number} of 5, ${stage.name}: ${stage.meaning}`))
  await output.print(figuresText(figures, now))
  if (next !== null) {
    await output.print(`\nnext: stage ${next.stage.number}, ${next.stage.name}: ${next.stage.meaning}`)
    for (const need of needs) {
      const mark = need.met ? green('met') : yellow('not yet')
      await output.print(`  ${mark} ${needText(need)} (${need.found})`)
    }
    if (next.skipped.length > 0) await output.print(`  ${yellow('skips')} ${skippedText(next)}`)
    for (const command of next.commands) await output.print(`  $ ${command}`)
  }
  if (rollback.length > 0) await output.print(`\nback to stage ${stage.number - 1}:`)
  for (const command of rollback) await output.print(`  $ ${command}`)
  output.note(dim('Stop everything at once, at any time: torghut kill on'))
}

function skippedText({ skipped }: NonNullable<RolloutStatus['next']>): string {
  const names = skipped.map(({ number, name }) => `${number} (${name})`).join(', ')
  return `stage ${names}: the flags of what decides stand further on already`
}

function figuresText(figures: SoakFigures, now: EpochMs): string {
  if (figures.since === null) return 'no cycle with signals since this stage began'
  const reasons = Object.entries(figures.denialsByReason)
    .sort(([, left], [, right]) => right - left)
    .map(([reason, count]) => `${reason} ${count}`)
  return [
    `since ${withAge(figures.since, now)}: ${figures.cycles} cycles with ${figures.signals} signals`,
    `${figures.decisions} decisions: ${figures.accepted} accepted, ${figures.denials} denied${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    `${figures.errors} strategy errors, ${figures.circuitsOpened} circuits opened, ${figures.fallbacks} fallbacks, ${figures.shadowDivergences} shadow divergences`,
  ].join('\n')
}
