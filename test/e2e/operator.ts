/** The operator: runs `npx torghut` verbs against the emulator, as a person would. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Emulator } from './emulator.ts'
import { PROJECT_ROOT } from './emulator.ts'

export interface VerbResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A verb that runs until it is told to stop. */
export interface RunningVerb {
  /** As a machine that shuts down does; what it ended with. */
  stop(): Promise<VerbResult>
}

export interface Operator {
  /** Begins a verb with `--stage dev --json`. */
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): RunningVerb
  /** Runs a verb with `--stage dev --json`, whatever it ends with. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<VerbResult>
  /** The same; the result as JSON. @throws Error when the exit code is not 0 */
  json(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<unknown>
}

export function operatorOf(emulator: Emulator): Operator {
  const begin = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const child = spawn(
      process.execPath,
      [join(PROJECT_ROOT, 'bin', 'torghut.mjs'), ...args, '--stage', 'dev', '--json'],
      { env: { ...emulator.environment, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    const ended = new Promise<VerbResult>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) =>
        resolve({ code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) }),
      )
    })
    return { child, ended }
  }
  const run: Operator['run'] = (args, environment) => begin(args, environment).ended
  return {
    start: (args, environment) => {
      const { child, ended } = begin(args, environment)
      return {
        stop: () => {
          child.kill('SIGTERM')
          return ended
        },
      }
    },
    run,
    json: async (args, environment) => {
      const { code, stdout, stderr } = await run(args, environment)
      if (code !== 0) throw new Error(`torghut ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`)
      return parseLines(stdout)
    },
  }
}

/** One JSON document, or a list of them, one a line. */
function parseLines(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
  }
}
