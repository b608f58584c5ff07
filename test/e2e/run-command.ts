/** Runs a command to its end and keeps what it printed. */
import { spawn } from 'node:child_process'

export interface CommandResult {
  readonly output: string
  readonly seconds: number
}

export interface CommandOptions {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

/** @throws Error with the end of the output when the command exits with anything but 0 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, environment }: CommandOptions,
): Promise<CommandResult> {
  const started = performance.now()
  const child = spawn(command, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} exited with ${code}:\n${output.slice(-4000)}`)
  }
  return { output, seconds: (performance.now() - started) / 1000 }
}
