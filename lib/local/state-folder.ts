/**
 * The state folder of the local runtime, `.torghut/`: which run it belongs to, and what is in it.
 *
 * Invariants: it belongs to one set of inputs until `--fresh` empties it; emptying never touches the lock or
 * the flags, so that a kill switch somebody turned on stays on.
 */
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { ACCOUNT_LABEL_PATTERN, type AccountLabel, accountLabel } from '../domain/account-label.ts'
import { ConfigurationError, StateError } from '../domain/errors.ts'
import type { RunInputs } from './run-inputs.ts'

export const STATE_FOLDER = '.torghut'

export interface StatePaths {
  readonly folder: string
  readonly flags: string
  readonly run: string
  readonly database: string
  readonly exchangeLog: string
}

/** What is written down about a run when it starts. */
export interface RunRecord {
  readonly fingerprint: Readonly<Record<string, string>>
  readonly accounts: readonly AccountLabel[]
  readonly source: string
  /** Whether every step of its schedule is complete. */
  readonly finished: boolean
}

/** How much is written to see whether the disk takes it. */
const PROBE_BYTES = 262_144
const EMPTYING = 'emptying'
const KEPT = /^(lock|holder\.json|draft-.*|flags\.json.*)$/
const recordSchema = z.object({
  torghut_run: z.literal(1),
  fingerprint: z.record(z.string(), z.string()),
  accounts: z.array(z.string().check(z.regex(ACCOUNT_LABEL_PATTERN))),
  source: z.string(),
  finished: z.boolean(),
})

/** @param workingFolder the folder that holds `.torghut/` */
export function statePaths(workingFolder: string): StatePaths {
  const folder = join(workingFolder, STATE_FOLDER)
  return {
    folder,
    flags: join(folder, 'flags.json'),
    run: join(folder, 'run.json'),
    database: join(folder, 'dynamodb'),
    exchangeLog: join(folder, 'exchange.jsonl'),
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
  try {
    const stored = recordSchema.parse(JSON.parse(readFileSync(paths.run, 'utf8')))
    const { fingerprint, accounts, source, finished } = stored
    return { fingerprint, accounts: accounts.map(accountLabel), source, finished }
  } catch (cause) {
    throw damaged(paths, 'run.json cannot be read', cause)
  }
}

/** Notes down which run the folder belongs to, before anything of the run is in it, and that it is finished. */
export function writeRunRecord(paths: StatePaths, record: RunRecord): void {
  const { fingerprint, accounts, source, finished } = record
  const stored: z.infer<typeof recordSchema> = {
    torghut_run: 1,
    fingerprint: { ...fingerprint },
    accounts: [...accounts],
    source,
    finished,
  }
  const draft = `${paths.run}.new`
  writeFileSync(draft, `${JSON.stringify(stored, null, 2)}\n`)
  renameSync(draft, paths.run)
}

/** @throws ConfigurationError naming each kind of input that differs from the run in the folder. */
export function checkSameRun(record: RunRecord, inputs: RunInputs): void {
  const changed = Object.entries(inputs.fingerprint).filter(
    ([name, hash]) => record.fingerprint[name] !== hash,
  )
  if (changed.length === 0) return
  const violations = changed.map(([name]) => ({
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
  return new StateError(`the state in ${folder} is damaged: ${what}`, {
    cause,
    advice: 'Start over with --fresh, or bring the folder back from a copy.',
  })
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
