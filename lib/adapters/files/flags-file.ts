/**
 * `.torghut/flags.json`: the flags of the local runtime, read live by it and written by `torghut kill` and
 * `torghut flags`.
 *
 * Invariants: a reader sees the file before or after a write, never between (written beside, synced,
 * renamed); writers take turns by a lock, so that no write undoes another's; a file that cannot be read is
 * never replaced silently, except that switching the kill switch on moves it aside.
 */
import { readFileSync, statSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lock, type LockOptions } from 'proper-lockfile'
import { byKey } from '../../domain/compare.ts'
import { ConfigurationError, InUseError } from '../../domain/errors.ts'
import type { FlagStore } from '../../ports/flag-store.ts'
import { KILL_SWITCH } from '../../flags/definitions.ts'
import { isMap } from '../../formats/codec.ts'
import { describeFound, violation } from '../../formats/violations.ts'

/** A writer that died keeps its turn for 5 s; several that live, on a slow disk, are waited for 40 s. */
const LOCK: LockOptions = {
  realpath: false,
  stale: 5000,
  retries: { retries: 200, minTimeout: 50, maxTimeout: 200 },
  // the machine slept while we wrote; the rename is atomic all the same
  onCompromised: () => undefined,
}

/**
 * Reads the flags of the file; none when it does not exist. JSON truth values and numbers count as their
 * texts, since people write the file by hand.
 * @throws ConfigurationError when it is not an object of such values.
 */
export async function readFlagsFile(path: string): Promise<Record<string, string>> {
  const text = readIfThere(path)
  return text === null ? {} : parseFlags(text, path)
}

/** At once: a run reads this small file several times a step, and turns to another thread cost more than all of that. */
function readIfThere(path: string): string | null {
  try {
    // an exception for a file that is not there costs more than this question
    return statSync(path, { throwIfNoEntry: false }) === undefined ? null : readFileSync(path, 'utf8')
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    if (cause.code === 'ENOENT') return null
    throw corrupted(path, cause.code ?? 'a file that cannot be read', cause)
  }
}

/** The store of that file; its folder is made when needed. */
export function flagsFileStore(path: string): FlagStore {
  return {
    place: path,
    readAll: () => readFlagsFile(path),
    write: (name, value) =>
      inTurn(path, async () => {
        const before = await readForWrite(path, name.endsWith(KILL_SWITCH) && value === 'true')
        if (before[name] !== value) await replaceFile(path, { ...before, [name]: value })
        return { before: before[name] ?? null }
      }),
    remove: (name) =>
      inTurn(path, async () => {
        const { [name]: before = null, ...others } = await readForWrite(path, false)
        if (before !== null) await replaceFile(path, others)
        return { before }
      }),
  }
}

/** The file's folder is made when needed. */
async function inTurn<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(path), { recursive: true })
  const release = await takeTurn(path)
  try {
    return await work()
  } finally {
    await release()
  }
}

async function takeTurn(path: string): Promise<() => Promise<void>> {
  try {
    return await lock(path, LOCK)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ELOCKED') throw cause
    throw new InUseError(`${path} is being written by another process`, {
      cause,
      advice: `Run the command again; if no other torghut runs, remove ${path}.lock.`,
    })
  }
}

async function readForWrite(path: string, switchesOn: boolean): Promise<Record<string, string>> {
  try {
    return await readFlagsFile(path)
  } catch (error) {
    if (!(error instanceof ConfigurationError) || !switchesOn) throw error
    await rename(path, `${path}.corrupted`)
    return {}
  }
}

async function replaceFile(path: string, flags: Record<string, string>): Promise<void> {
  const beside = `${path}.new`
  const sorted = Object.fromEntries(Object.entries(flags).sort(byKey))
  const file = await open(beside, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(sorted, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

function parseFlags(text: string, path: string): Record<string, string> {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw corrupted(path, 'text that is not JSON', cause)
  }
  if (!isMap(content)) throw corrupted(path, describeFound(content))
  const flags: Record<string, string> = {}
  for (const [name, value] of Object.entries(content)) {
    if (!['string', 'boolean', 'number'].includes(typeof value)) {
      throw corrupted(`${path} ${name}`, describeFound(value))
    }
    flags[name] = String(value)
  }
  return flags
}

function corrupted(path: string, found: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('The flags file', [violation(path, found, 'an object of names and values')], {
    cause,
    advice: 'Correct or remove the file; until then the kill switch counts as on.',
  })
}
