/** Where a stage's rollout stands, what was seen since it got there, and how to go on or back. */
import type { Stage } from '../deployment/names.ts'
import { FALLBACK_LEGACY, KILL_SWITCH } from '../flags/definitions.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import { type Deployment, readFleet } from './deployment.ts'
import { ROLLOUT_STAGES, changesTowards, rolloutStage, type RolloutStage } from './rollout.ts'
import { type NeedFinding, type SoakFigures, checkNeeds, soakOfLane, sumFigures } from './soak.ts'

export interface RolloutStatus {
  readonly stage: RolloutStage
  readonly figures: SoakFigures
  readonly needs: readonly NeedFinding[]
  /** Null in the last stage. */
  readonly next: { readonly stage: RolloutStage; readonly commands: readonly string[] } | null
  /** Back to the stage before; in the first stage there is none. */
  readonly rollback: readonly string[]
}

export async function readRolloutStatus(deployment: Deployment): Promise<RolloutStatus> {
  const { accounts, settings, raw, environment, overlay } = await readFleet(deployment)
  const killSwitchOn = resolveKillSwitch(environment, overlay) !== 'off'
  const stage = rolloutStage(settings, killSwitchOn)
  const lanes = await Promise.all(
    accounts.map(({ label }) =>
      soakOfLane(deployment.stores.lanes.listCycles(label, settings.signalSource), stage.number),
    ),
  )
  const figures = sumFigures(lanes)
  const next = ROLLOUT_STAGES[stage.number] ?? null
  const commandOf = ([name, value]: readonly [string, string]) =>
    flagCommand(name, value, deployment.stage, settings.accountLabel)
  return {
    stage,
    figures,
    needs: checkNeeds(stage, figures),
    next: next && { stage: next, commands: changesTowards(next.enter, raw).map(commandOf) },
    rollback: changesTowards(stage.leave, raw).map(commandOf),
  }
}

/** The command that sets a flag, with the confirmation where one is wanted. */
export function flagCommand(name: string, value: string, stage: Stage, label: string): string {
  const where = `--stage ${stage}`
  if (name === KILL_SWITCH) {
    return value === 'true' ? `torghut kill on ${where}` : `torghut kill off ${where} --confirm ${label}`
  }
  const confirm = name === FALLBACK_LEGACY && value !== 'true' ? ` --confirm ${label}` : ''
  return `torghut flags set ${name} ${value} ${where}${confirm}`
}
