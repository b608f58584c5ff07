/**
 * One process per state folder (docs/architecture.md#time). The lock is LevelDB's own, of a small database kept for
 * nothing else: the kernel holds it and releases it when the process ends, however it ends, so a restart after
 * SIGKILL never waits.
 *
 * Invariant: `holder.json` is written by the holder alone. It says who that is to those who find the folder
 * locked; by itself it locks nothing.
 */
import { Level } from 'level'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InUseError } from '../domain/errors.ts'
import { embeddedStorageFault } from './embedded-dynamodb.ts'

export interface LockHolder {
  readonly pid: number
  /** Where the holder's embedded database listens, for verbs that only read; null until it does. */
  readonly databaseUrl: string | null
}

export interface FolderLock {
  /** Tells where the embedded database listens. */
  announce(databaseUrl: string): void
  release(): Promise<void>
}

/** What came of asking for a folder; a holder that has only just begun is not known yet. */
export type LockAnswer =
  | { readonly kind: 'taken'; readonly lock: FolderLock }
  | { readonly kind: 'held'; readonly holder: LockHolder | null }

/**
 * Takes the folder for this process, creating it when needed.
 * @throws InUseError when another live process has it, naming its process id
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const answer = await tryLockFolder(folder)
  if (answer.kind === 'taken') return answer.lock
  const { holder } = answer
  const name = holder === null ? 'another process' : `process ${holder.pid}`
  throw new InUseError(`the state folder ${folder} is in use by ${name}`, {
    advice: `Wait for ${holder === null ? 'it' : name} or stop it, or run in another folder.`,
  })
}

/** As lockFolder, but a folder that another process has is an answer. */
export async function tryLockFolder(folder: string): Promise<LockAnswer> {
  makeFolder(folder)
  // a disk that takes nothing says so here, in the system's own words
  const announce = announcer(folder)
  const level = new Level(join(folder, 'lock'))
  try {
    await level.open()
  } catch (cause) {
    announce.discard()
    const fault = embeddedStorageFault(cause, folder)
    if (!(fault instanceof InUseError)) throw fault ?? cause
    return { kind: 'held', holder: readHolder(folder) }
  }
  announce.publish(null)
  return { kind: 'taken', lock: { announce: announce.publish, release: () => level.close() } }
}

/** Not recursive where it need not be: that reports a read-only disk as a missing folder. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: !existsSync(dirname(folder)) })
}

/** Prepares what this process says of itself; it appears with all its content or not at all. */
function announcer(folder: string): {
  readonly publish: (databaseUrl: string | null) => void
  readonly discard: () => void
} {
  const draft = join(folder, `draft-${process.pid}`)
  const write = (databaseUrl: string | null): void =>
    writeFileSync(draft, JSON.stringify({ pid: process.pid, databaseUrl } satisfies LockHolder))
  write(null)
  return {
    publish: (databaseUrl) => {
      write(databaseUrl)
      renameSync(draft, holderFile(folder))
    },
    discard: () => rmSync(draft, { force: true }),
  }
}

/** Null when the file is missing, torn, or of a process that is no more. */
function readHolder(folder: string): LockHolder | null {
  try {
    const { pid, databaseUrl = null } = JSON.parse(
      readFileSync(holderFile(folder), 'utf8'),
    ) as Partial<LockHolder>
    return pid !== undefined && processExists(pid) ? { pid, databaseUrl } : null
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function holderFile(folder: string): string {
  return join(folder, 'holder.json')
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
