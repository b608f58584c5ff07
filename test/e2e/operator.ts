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

export interface Operator {
  /** Runs a verb with `--stage dev --json`, whatever it ends with. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<VerbResult>
  /** The same; the result as JSON. @throws Error when the exit code is not 0 */
  json(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<unknown>
}

export function operatorOf(emulator: Emulator): Operator {
  const run: Operator['run'] = async (args, environment = {}) => {
    const child = spawn(
      process.execPath,
      [join(PROJECT_ROOT, 'bin', 'torghut.mjs'), ...args, '--stage', 'dev', '--json'],
      { env: { ...emulator.environment, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    return { code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) }
  }
  return {
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
