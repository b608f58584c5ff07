/**
 * The state folder of the local runtime, `.torghut/`: which run it belongs to, and what is in it.
 *
 * Invariants: it belongs to one set of inputs until `--fresh` empties it; emptying never touches the lock or
 * the flags, so that a kill switch somebody turned on stays on.
 */
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN, type AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError, StateError, formatViolation } from '../domain/errors.ts'
import { decodeJson, flag, list, mapOf, optional, text } from '../formats/codec.ts'
import { record, versioned } from '../formats/codec-records.ts'
import type { RunInputs } from './run-inputs.ts'

export const STATE_FOLDER = '.torghut'

export interface StatePaths {
  readonly folder: string
  readonly flags: string
  readonly run: string
  readonly database: string
  readonly exchangeLog: string
  /** What strategies failed at. */
  readonly failures: string
  /** Of the finished run, for a browser. */
  readonly report: string
}

/** What is written down about a run when it starts. */
export interface RunRecord {
  readonly fingerprint: Readonly<Record<string, string>>
  readonly accounts: readonly AccountLabel[]
  readonly source: string
  /** The path of the module that its plugins come from; null: none, or a run of before this was noted. */
  readonly pluginModule: string | null
  /** Whether every step of its schedule is complete. */
  readonly finished: boolean
}

/** How much is written to see whether the disk takes it. */
const PROBE_BYTES = 262_144
const EMPTYING = 'emptying'
const KEPT = /^(lock|holder\.json|draft-.*|flags\.json.*)$/
const FRESH = 'Start over with --fresh, or bring the folder back from a copy.'

const runRecord = versioned<RunRecord>(
  'torghut_run',
  1,
  record<RunRecord>({
    fingerprint: mapOf(text()),
    accounts: list(text(ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN)),
    source: text(),
    pluginModule: optional(text()),
    finished: flag,
  }),
)

/** @param workingFolder the folder that holds `.torghut/` */
export function statePaths(workingFolder: string): StatePaths {
  const folder = join(workingFolder, STATE_FOLDER)
  return {
    folder,
    flags: join(folder, 'flags.json'),
    run: join(folder, 'run.json'),
    database: join(folder, 'dynamodb'),
    exchangeLog: join(folder, 'exchange.jsonl'),
    failures: join(folder, 'strategy-failures.jsonl'),
    report: join(folder, 'report.html'),
  }
}

/** Removes a run; done to the end by the next start if it is interrupted. The caller holds the folder's lock. */
export function emptyStateFolder({ folder }: StatePaths): void {
  const marker = join(folder, EMPTYING)
  writeFileSync(marker, '')
  for (const name of readdirSync(folder)) {
    if (name !== EMPTYING && !KEPT.test(name)) rmSync(join(folder, name), { recursive: true, force: true })
  }
  rmSync(marker)
}

/** Whether somebody was killed while the folder was emptied. */
export function isHalfEmpty({ folder }: StatePaths): boolean {
  return existsSync(join(folder, EMPTYING))
}

/** The run that the folder holds; null when it holds none. @throws StateError when it cannot be read. */
export function readRunRecord(paths: StatePaths): RunRecord | null {
  if (isHalfEmpty(paths)) return null
  if (!existsSync(paths.run)) {
    if (!existsSync(paths.database) && !existsSync(paths.exchangeLog)) return null
    throw damaged(paths, 'run.json is missing although there is a run')
  }
  const decoded = decodeJson(runRecord, readRun(paths))
  if (decoded.kind === 'value') return decoded.value
  throw damaged(paths, `run.json cannot be read: ${decoded.violations.map(formatViolation).join('; ')}`)
}

function readRun(paths: StatePaths): string {
  try {
    return readFileSync(paths.run, 'utf8')
  } catch (cause) {
    throw damaged(paths, 'run.json cannot be read', cause)
  }
}

/** Notes down which run the folder belongs to, before anything of the run is in it, and that it is finished. */
export function writeRunRecord(paths: StatePaths, run: RunRecord): void {
  const draft = `${paths.run}.new`
  writeFileSync(draft, `${JSON.stringify(runRecord.encode(run), null, 2)}\n`)
  renameSync(draft, paths.run)
}

/** @throws ConfigurationError naming each kind of input that differs from the run in the folder. */
export function checkSameRun(run: RunRecord, inputs: RunInputs): void {
  const wanted: RunRecord['fingerprint'] = inputs.fingerprint
  const names = Object.keys({ ...wanted, ...run.fingerprint })
  const changed = names.filter((name) => run.fingerprint[name] !== wanted[name])
  if (changed.length === 0) return
  const violations = changed.map((name) => ({
    path: `${STATE_FOLDER}/run.json ${name}`,
    found: 'another choice than the run in this folder was started with',
    allowed: 'the same, until that run is given up',
  }))
  throw new ConfigurationError('The state folder', violations, {
    advice:
      'Start with the same options and files to go on with that run, or with --fresh to begin a new one.',
  })
}

export function damaged({ folder }: StatePaths, what: string, cause?: unknown): StateError {
  return new StateError(`the state in ${folder} cannot be gone on with: ${what}`, { cause, advice: FRESH })
}

/** The fault of a run whose stored state is of another version or damaged, with the advice that helps here. */
export function adviseFresh(fault: unknown): unknown {
  return fault instanceof StateError ? new StateError(fault.message, { cause: fault, advice: FRESH }) : fault
}

/**
 * Finds out whether a fault came from a disk that takes no more data.
 * @throws the system's error (`ENOSPC`, `EROFS`, ...), which says what to do
 */
export function checkDisk({ folder }: StatePaths): void {
  const probe = join(folder, 'draft-probe')
  try {
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { flush: true })
  } finally {
    rmSync(probe, { force: true })
  }
}
