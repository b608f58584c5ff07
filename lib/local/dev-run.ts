/**
 * `torghut dev`: begins a run, goes on with one that was stopped or killed, or tells again what came of one
 * that is finished.
 */
import { appendLogFile } from '../adapters/files/append-log-file.ts'
import { decimal } from '../domain/decimal.ts'
import { ExchangeFront } from '../exchange/http/front.ts'
import { frontFetch } from '../exchange/http/front-fetch.ts'
import { PaperExchange } from '../exchange/paper-exchange.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { openFailureJournal } from './failure-journal.ts'
import { type FinishedRun, type ReportWriter, finishedRun } from './finished-run.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { localFlags } from './local-flags.ts'
import { type LocalState, openLocalState } from './local-state.ts'
import { paperGateway, paperKey } from './paper-gateway.ts'
import type { RunInputs } from './run-inputs.ts'
import { openRuntime, type RuntimeParts } from './runtime.ts'
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

import { type Progress, type WalkOptions, walk } from './walk.ts'

/** What every account starts with, in dollars. */
export const STARTING_CASH = decimal('100000')

export interface DevRunOptions extends WalkOptions {
  readonly inputs: RunInputs
  /** The folder that holds `.torghut/`. */
  readonly workingFolder: string
  readonly fresh: boolean
  readonly telemetry: Telemetry
  readonly codeVersion: string
  readonly strayWork?: NonNullable<RuntimeParts['strayWork']>
  /** Null, or absent: nobody wants a report. */
  readonly report?: ReportWriter | null
}

export type DevRunResult = FinishedRun | { readonly kind: 'stopped'; readonly progress: Progress }

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
  const { fingerprint, accounts, source, pluginModule } = inputs
  const record = stored ?? { fingerprint, accounts, source, pluginModule, finished: false }
  if (stored === null) writeRunRecord(paths, record)

  const clock = new SimulatedClock()
  const state = await openLocalState(paths.database, clock, stored === null ? [] : accounts, inputs.looksBack)
  try {
    lock.announce(state.endpoint)
    return await runOn(state, { options, paths, record, clock })
  } catch (fault) {
    throw adviseFresh(fault)
  } finally {
    await state.close()
  }
}

interface Run {
  readonly options: DevRunOptions
  readonly paths: StatePaths
  readonly record: RunRecord
  readonly clock: SimulatedClock
}

/** The exchange keeps its log in the state folder; lanes reach it by HTTP's words, as they reach Alpaca, inside the process. */
async function runOn(state: LocalState, { options, paths, record, clock }: Run): Promise<DevRunResult> {
  const { inputs, telemetry, codeVersion, strayWork } = options
  const exchange = new PaperExchange({ clock, log: appendLogFile(paths.exchangeLog) })
  const failures = openFailureJournal(appendLogFile(paths.failures))
  const fetch = frontFetch(new ExchangeFront({ exchange, keys: inputs.accounts.map(paperKey) }))
  try {
    const runtime = await openRuntime({
      inputs,
      stores: state.stores,
      exchange,
      cash: STARTING_CASH,
      gateway: (account, budget) => paperGateway(account, budget, fetch),
      flags: localFlags(paths.flags, clock),
      clock,
      telemetry,
      codeVersion,
      strategyFailures: failures.write,
      ...(strayWork === undefined ? {} : { strayWork }),
    })
    if (!record.finished) {
      const stoppedAt = await walk(runtime, inputs.schedule.steps, await runtime.nextStep(), options)
      if (stoppedAt !== null) return { kind: 'stopped', progress: stoppedAt }
      writeRunRecord(paths, { ...record, finished: true })
    } else await runtime.nextStep()
    return await finishedRun(inputs, state.stores, exchange, failures, { report: options.report ?? null })
  } finally {
    failures.close()
    exchange.close()
  }
}
