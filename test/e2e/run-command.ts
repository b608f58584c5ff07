/** Runs a command to its end and keeps what it printed; what fetches something, again when the network had a bad moment. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const STAT = '/proc/self/stat'

export interface CommandResult {
  readonly output: string
  /** What it and all that it ran took of the processors, if nothing else ran meanwhile; the same however busy the machine is. */
  readonly processorSeconds: number
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
  const before = takenByEnded()
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
  return { output, processorSeconds: takenByEnded() - before }
}

/** Of the processes that this one began and that have ended: the 16th and 17th field of `stat` (proc(5)), in hundredths. Linux only. */
function takenByEnded(): number {
  if (!existsSync(STAT)) return 0
  const fields = readFileSync(STAT, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) / 100
}

const PAUSES_SECONDS = [5, 20, 60]

/** Runs a command that fetches something and shows nothing of ours; again, some seconds later, when it fails. */
export async function fetching(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  for (const pause of PAUSES_SECONDS) {
    try {
      return await runCommand(command, args, options)
    } catch (error) {
      process.stderr.write(`again in ${pause} s: ${error instanceof Error ? error.message : String(error)}\n`)
      await delay(pause * 1000)
    }
  }
  return runCommand(command, args, options)
}
