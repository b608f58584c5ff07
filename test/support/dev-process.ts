/** Runs `torghut dev` as a process of its own, as a person would, and kills it when told. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CLI } from './run-cli.ts'

export interface ProcessEnd {
  /** Null when it was killed. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningProcess {
  readonly ended: Promise<ProcessEnd>
  /** The process and all that it started. */
  kill(signal: NodeJS.Signals): void
  /** Resolves when stderr matches. */
  says(pattern: RegExp): Promise<void>
  /** Resolves when it has taken the folder's lock, which comes before any other state, or has ended. */
  begun(): Promise<void>
}

export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'torghut-dev-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export function startTorghut(
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TRADING_'))
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), ...environment },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const ended = new Promise<ProcessEnd>((done, failed) => {
    child.on('error', failed)
    child.on('close', (exitCode) => done({ exitCode, stdout, stderr }))
  })
  return {
    ended,
    kill: (signal) => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal)
    },
    says: (pattern) =>
      new Promise((done, failed) => {
        const look = () => pattern.test(stderr) && done()
        look()
        child.stderr.on('data', look)
        child.on('close', () => failed(new Error(`it ended without saying ${pattern.source}: ${stderr}`)))
      }),
    begun: async () => {
      while (child.exitCode === null && child.signalCode === null && lockHolder(folder) !== child.pid)
        await setTimeout(2)
    },
  }
}

export function runTorghut(
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ProcessEnd> {
  return startTorghut(folder, words, environment).ended
}

function lockHolder(folder: string): number | undefined {
  const file = join(folder, '.torghut/holder.json')
  if (!existsSync(file)) return undefined
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly pid: number }).pid
}

/** Every order that the exchange ever took, from its own log: account and client order id. */
export function exchangeOrders(folder: string): readonly string[] {
  return readFileSync(join(folder, '.torghut/exchange.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"type":"order_accepted"'))
    .map((line) => JSON.parse(line) as { readonly account: string; readonly client_order_id: string })
    .map(({ account, client_order_id: id }) => `${account} ${id}`)
}
