/** Runs the command line: as a process of its own, as users do, or inside the test where there are many runs. */
import { deployedIndicators, deployedRegistry } from '../../plugins/registry.ts'
import { MIGRATIONS } from '../../migrations/index.ts'
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { Writable } from 'node:stream'
import { flagsFileStore } from '../../lib/adapters/files/flags-file.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { Output } from '../../lib/cli/terminal/output.ts'
import { runCli } from '../../lib/cli/program.ts'

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

export const CLI = resolve(import.meta.dirname, '../../bin/torghut.mjs')

/** Starts `bin/torghut.mjs` without a terminal and waits for its end. */
export async function spawnCli(words: readonly string[], options: CliOptions): Promise<CliResult> {
  const { code, stdout, stderr } = await spawnMeasured(words, options)
  return { code, stdout, stderr }
}

/** Has a process write its processor time in microseconds to its fourth stream when it ends. */
const CPU_REPORT = `import { writeSync } from 'node:fs'
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  writeSync(3, String(user + system))
})`

/**
 * As spawnCli, with the seconds of processor time that the whole process took, all threads together: what
 * it takes on a machine that does nothing else, or more.
 */
export function spawnMeasured(
  words: readonly string[],
  { folder, environment }: CliOptions,
): Promise<CliResult & { readonly cpuSeconds: number }> {
  const report = `data:text/javascript,${encodeURIComponent(CPU_REPORT)}`
  const child = spawn(process.execPath, ['--import', report, CLI, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const texts = ['', '', '', '']
  for (const [index, stream] of child.stdio.entries()) {
    stream?.on('data', (chunk: Buffer) => (texts[index] += chunk.toString('latin1')))
  }
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => {
      const [, stdout = '', stderr = '', microseconds] = texts.map((text) =>
        Buffer.from(text, 'latin1').toString('utf8'),
      )
      done({ code, stdout, stderr, cpuSeconds: Number(microseconds) / 1e6 })
    })
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
    deployedRegistry: async () => deployedRegistry(),
    deployedIndicators: async () => deployedIndicators(),
    migrations: async () => MIGRATIONS,
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

/** What was written to it. */
export class TextCollector extends Writable {
  text = ''

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
