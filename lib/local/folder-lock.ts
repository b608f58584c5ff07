/**
 * One process per state folder (docs/architecture.md#time). The holder keeps a loopback port open and names it
 * in a file `lock-<n>`; the kernel closes the port when the process ends, however it ends, so a restart after
 * SIGKILL never waits.
 *
 * Invariants: the highest `lock-<n>` counts. Only a process that found it dead creates `lock-<n+1>`, by an
 * atomic link, and looks again for a higher one afterwards; the file is never removed, only by a successor.
 */
import { randomUUID } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { InUseError } from '../domain/errors.ts'

export interface FolderLock {
  /** Where the holder's embedded database listens; told to verbs that only read. */
  announce(databaseUrl: string): void
  release(): Promise<void>
}

export interface LockHolder {
  readonly pid: number
  readonly databaseUrl: string | null
}

interface LockFile extends LockHolder {
  readonly port: number
  readonly token: string
}

const LOCK_NAME = /^lock-(\d+)$/
const PROBE_TIMEOUT_MS = 2000

/**
 * Takes the folder for this process, creating it when needed.
 * @throws InUseError when another live process has it, naming its process id
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  makeFolder(folder)
  const token = randomUUID()
  const server = await answerWith(token)
  const { port } = server.address() as AddressInfo
  const content: LockFile = { pid: process.pid, databaseUrl: null, port, token }
  try {
    const generation = await takeGeneration(folder, content)
    const file = join(folder, `lock-${generation}`)
    return {
      announce(databaseUrl) {
        const draft = join(folder, `draft-${token}`)
        writeFileSync(draft, JSON.stringify({ ...content, databaseUrl }))
        renameSync(draft, file)
      },
      release: () => close(server),
    }
  } catch (error) {
    await close(server)
    throw error
  }
}

/** Who has the folder now; null when nobody does. */
export async function findLockHolder(folder: string): Promise<LockHolder | null> {
  const newest = newestLock(folder)
  return newest !== null && newest.content !== null && (await isAlive(newest.content)) ? newest.content : null
}

/** Not recursive where it need not be: that reports a read-only disk as a missing folder. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: !existsSync(dirname(folder)) })
}

async function takeGeneration(folder: string, content: LockFile): Promise<number> {
  for (;;) {
    const newest = newestLock(folder)
    if (newest?.content && (await isAlive(newest.content))) throw inUse(folder, newest.content.pid)
    const generation = (newest?.generation ?? 0) + 1
    if (!tryCreate(folder, generation, content)) continue
    if (newestLock(folder)?.generation !== generation) {
      rmSync(join(folder, `lock-${generation}`), { force: true })
      continue
    }
    for (const older of generations(folder)) {
      if (older < generation) rmSync(join(folder, `lock-${older}`), { force: true })
    }
    return generation
  }
}

function inUse(folder: string, pid: number): InUseError {
  return new InUseError(`the state folder ${folder} is in use by process ${pid}`, {
    advice: `Wait for process ${pid} or stop it, or run in another folder.`,
  })
}

/** Appears under its name with all its content or not at all. */
function tryCreate(folder: string, generation: number, content: LockFile): boolean {
  const draft = join(folder, `draft-${content.token}`)
  writeFileSync(draft, JSON.stringify(content))
  try {
    linkSync(draft, join(folder, `lock-${generation}`))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function generations(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const [, generation] = LOCK_NAME.exec(name) ?? []
    return generation === undefined ? [] : [Number(generation)]
  })
}

/** Content is null when the file cannot be read as a lock, which counts as dead. */
function newestLock(
  folder: string,
): { readonly generation: number; readonly content: LockFile | null } | null {
  try {
    const generation = Math.max(...generations(folder))
    if (!Number.isFinite(generation)) return null
    return { generation, content: readLock(join(folder, `lock-${generation}`)) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function readLock(file: string): LockFile | null {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockFile>
    const { pid, port, token, databaseUrl = null } = value
    return pid === undefined || port === undefined || token === undefined
      ? null
      : { pid, port, token, databaseUrl }
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function answerWith(token: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).end(token))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return server.unref()
}

/**
 * A port may have been given to another program since; only the token proves the holder. Silence may be a
 * holder that is suspended or busy: then its process id decides.
 */
function isAlive({ pid, port, token }: LockFile): Promise<boolean> {
  return new Promise((resolve) => {
    let received = ''
    let silent = false
    const socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8').setTimeout(PROBE_TIMEOUT_MS)
    socket.on('data', (chunk: string) => (received += chunk))
    socket.on('timeout', () => {
      silent = true
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(received === token || (silent && processExists(pid))))
  })
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
