/** Where a stage's rollout stands, what was seen since it got there, and how to go on or back. */
import type { Stage } from '../deployment/names.ts'
import { FALLBACK_LEGACY, KILL_SWITCH } from '../flags/definitions.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import { type Deployment, readFleet } from './deployment.ts'
import { readSoak } from './change-risks.ts'
import {
  ROLLOUT_STAGES,
  changesTowards,
  decidingStage,
  rolloutStage,
  stageNumbered,
  type RolloutStage,
} from './rollout.ts'
import { type NeedFinding, type SoakFigures, checkNeeds } from './soak.ts'

export interface RolloutStatus {
  readonly stage: RolloutStage
  readonly figures: SoakFigures
  readonly needs: readonly NeedFinding[]
  /** Null in the last stage. */
  readonly next: {
    /** The one that will apply after the commands, as the other flags stand. */
    readonly stage: RolloutStage
    readonly commands: readonly string[]
    /** Stages in between. */
    readonly skipped: readonly RolloutStage[]
  } | null
  /** Back to the stage before; in the first stage there is none. */
  readonly rollback: readonly string[]
}

export async function readRolloutStatus(deployment: Deployment): Promise<RolloutStatus> {
  const fleet = await readFleet(deployment)
  const { settings, raw, environment, overlay } = fleet
  const killSwitchOn = resolveKillSwitch(environment, overlay) !== 'off'
  const stage = rolloutStage(settings, killSwitchOn)
  const figures = await readSoak(fleet, stage, deployment.stores)
  const next = ROLLOUT_STAGES[stage.number] ?? null
  // what decides keeps its flags through a stop: without it, ordering goes on where it stood
  const reached = stage.number === 1 ? stageNumbered(decidingStage(settings)) : next
  const commandOf = ([name, value]: readonly [string, string]) =>
    flagCommand(name, value, deployment.stage, settings.accountLabel)
  return {
    stage,
    figures,
    needs: checkNeeds(stage, figures),
    next: next &&
      reached && {
        stage: reached,
        commands: changesTowards(next.enter, raw).map(commandOf),
        skipped: ROLLOUT_STAGES.slice(next.number - 1, reached.number - 1),
      },
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
