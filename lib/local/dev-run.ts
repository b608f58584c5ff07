/**
 * `torghut dev`: begins a run, goes on with one that was stopped or killed, or tells again what came of one
 * that is finished.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { type FailureJournal, openFailureJournal } from './failure-journal.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { type LocalState, openLocalState } from './local-state.ts'
import { runDigest } from './run-digest.ts'
import type { RunInputs } from './run-inputs.ts'
import { type AccountReport, accountReport, readAccountRecords } from './run-report.ts'
import { type LocalRuntime, openRuntime } from './runtime.ts'
import { SimulatedClock } from './simulated-clock.ts'
import {
  type RunRecord,
  type StatePaths,
  adviseFresh,
  checkDisk,
  checkSameRun,
  emptyStateFolder,
  isHalfEmpty,
  readRunRecord,
  statePaths,
  writeRunRecord,
} from './state-folder.ts'

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

export interface DevRunOptions {
  readonly inputs: RunInputs
  /** The folder that holds `.torghut/`. */
  readonly workingFolder: string
  readonly fresh: boolean
  /** Aborted when the run is to stop after the present step. */
  readonly stop: AbortSignal
  readonly onProgress: (progress: Progress) => void
  readonly onKillSwitch: (news: KillSwitchNews) => void
  readonly telemetry: Telemetry
  readonly codeVersion: string
}

export type DevRunResult =
  | {
      readonly kind: 'finished'
      readonly reports: readonly AccountReport[]
      /** Accounts that were never admitted. */
      readonly idle: readonly AccountLabel[]
      readonly digest: string
    }
  | { readonly kind: 'stopped'; readonly progress: Progress }

/**
 * @throws InUseError when another process has the folder, ConfigurationError when the folder belongs to a run
 *   of other inputs, StateError when it is damaged
 */
export async function devRun(options: DevRunOptions): Promise<DevRunResult> {
  const paths = statePaths(options.workingFolder)
  const lock = await lockFolder(paths.folder)
  try {
    return await runLocked(options, paths, lock)
  } catch (error) {
    checkDisk(paths)
    throw error
  } finally {
    await lock.release()
  }
}

async function runLocked(options: DevRunOptions, paths: StatePaths, lock: FolderLock): Promise<DevRunResult> {
  const { inputs, fresh } = options
  if (fresh || isHalfEmpty(paths)) emptyStateFolder(paths)
  const stored = readRunRecord(paths)
  if (stored !== null) checkSameRun(stored, inputs)
  const { fingerprint, accounts, source } = inputs
  const record = stored ?? { fingerprint, accounts, source, finished: false }
  if (stored === null) writeRunRecord(paths, record)

  const clock = new SimulatedClock()
  const state = await openLocalState(paths.database, clock, stored === null ? [] : accounts)
  try {
    lock.announce(state.endpoint)
    const { telemetry, codeVersion } = options
    const failures = openFailureJournal(paths.failures)
    const strategyFailures = failures.write
    const runtime = await openRuntime({
      inputs,
      paths,
      state,
      clock,
      telemetry,
      codeVersion,
      strategyFailures,
    })
    try {
      return await walk(options, paths, record, { runtime, state, failures })
    } finally {
      failures.close()
      await runtime.close()
    }
  } catch (fault) {
    throw adviseFresh(fault)
  } finally {
    await state.close()
  }
}

async function walk(
  { inputs, stop, onProgress, onKillSwitch }: DevRunOptions,
  paths: StatePaths,
  record: RunRecord,
  {
    runtime,
    state,
    failures,
  }: { readonly runtime: LocalRuntime; readonly state: LocalState; readonly failures: FailureJournal },
): Promise<DevRunResult> {
  const { steps } = inputs.schedule
  let done = await runtime.nextStep()
  if (!record.finished) {
    let progress: Progress = { done, total: steps.length, tickAt: steps[done - 1]?.tickAt ?? null }
    onProgress(progress)
    let killed: readonly AccountLabel[] = []
    for (const step of steps.slice(done)) {
      if (stop.aborted) return { kind: 'stopped', progress }
      const now = await runtime.killedAccounts()
      if (now.join() !== killed.join()) onKillSwitch({ accounts: now, when: 'run' })
      killed = now
      await runtime.runStep(step)
      done += 1
      progress = { done, total: steps.length, tickAt: step.tickAt }
      onProgress(progress)
    }
    if (killed.length > 0) onKillSwitch({ accounts: killed, when: 'end' })
    writeRunRecord(paths, { ...record, finished: true })
  }
  const records = await Promise.all(
    inputs.accounts.map((label) =>
      readAccountRecords(state.stores, label, inputs.source, runtime.exchange.statement(label).equity),
    ),
  )
  const traded = records.filter((one) => one !== null)
  return {
    kind: 'finished',
    reports: traded.map((one) => accountReport(one, failures.failuresOf(one.lane.accountLabel))),
    idle: inputs.accounts.filter((_label, index) => records[index] === null),
    digest: runDigest(traded),
  }
}
