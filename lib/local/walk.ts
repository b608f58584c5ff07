/** Walks a runtime through the steps of a schedule, and tells of progress and of a kill switch that is on. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Schedule } from '../market/schedule.ts'
import type { Runtime } from './runtime.ts'

export interface Progress {
  /** Steps that are complete. */
  readonly done: number
  readonly total: number
  /** The last complete one's tick; null before the first. */
  readonly tickAt: EpochMs | null
}

/** For which accounts the kill switch is on, told when that is not what was told last. */
export interface KillSwitchNews {
  readonly accounts: readonly AccountLabel[]
  readonly when: 'run' | 'end'
}

export interface WalkOptions {
  /** Aborted when the run is to stop after the present step. */
  readonly stop: Pick<AbortSignal, 'aborted'>
  readonly onProgress: (progress: Progress) => void
  readonly onKillSwitch: (news: KillSwitchNews) => void
}

/** Runs the steps from `done` on. Null: all are complete; else how far it came before it was stopped. */
export async function walk(
  runtime: Runtime,
  steps: Schedule['steps'],
  done: number,
  { stop, onProgress, onKillSwitch }: WalkOptions,
): Promise<Progress | null> {
  let progress: Progress = { done: 0, total: steps.length, tickAt: null }
  let killed: readonly AccountLabel[] = []
  if (done === 0) onProgress(progress)
  for (const step of steps) {
    if (progress.done < done) {
      progress = { done: progress.done + 1, total: steps.length, tickAt: step.tickAt }
      if (progress.done === done) onProgress(progress)
      continue
    }
    if (stop.aborted) return progress
    const now = await runtime.killedAccounts()
    if (now !== killed && now.join() !== killed.join()) onKillSwitch({ accounts: now, when: 'run' })
    killed = now
    await runtime.runStep(step)
    progress = { done: progress.done + 1, total: steps.length, tickAt: step.tickAt }
    onProgress(progress)
  }
  if (killed.length > 0) onKillSwitch({ accounts: killed, when: 'end' })
  return null
}
