/** Runs the command line: as a process of its own, as users do, or inside the test where there are many runs. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { Writable } from 'node:stream'
import { flagsFileStore } from '../lib/config/flags-file.ts'
import type { Deployment } from '../lib/operations/deployment.ts'
import { Output } from '../lib/cli/output.ts'
import { runCli } from '../lib/cli/program.ts'

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  /** The working directory. */
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface InsideOptions extends CliOptions {
  /** What a stage's name opens; no stage is deployed unless given. */
  readonly deployment?: Deployment
  readonly stdin?: string
}

export const CLI = resolve(import.meta.dirname, '../bin/torghut.mjs')

/** Starts `bin/torghut.mjs` without a terminal and waits for its end. */
export function spawnCli(words: readonly string[], { folder, environment }: CliOptions): Promise<CliResult> {
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (out.stderr += text))
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => done({ code, ...out }))
  })
}

/** Runs the same program inside this process. */
export async function runInside(
  words: readonly string[],
  { folder, environment = {}, deployment, stdin }: InsideOptions,
): Promise<CliResult> {
  const stdout = new TextCollector()
  const stderr = new TextCollector()
  const code = await runCli(words, {
    output: new Output({ stdout, stderr }, environment),
    environment,
    folder,
    ask: async () => null,
    askSecret: async () => null,
    readStdin: async () => stdin ?? null,
    openDeployment: async (stage) => {
      if (deployment === undefined) throw new Error(`no stage ${stage} in this test`)
      return deployment
    },
    openFlags: async () => ({
      store: flagsFileStore(resolve(folder, '.torghut/flags.json')),
      profile: { settings: {}, flags: {} },
    }),
  })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** The JSON lines of a result. */
export function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

class TextCollector extends Writable {
  text = ''

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
