/**
 * The processes in which the emulator runs functions: it keeps one per function and concurrent invocation, each with
 * the function's environment, as Lambda does. Linux only, by /proc.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Ends the processes of a function at once, whatever they are doing; returns how many there were. */
export function killFunction(functionName: string, emulatorGroup: number): number {
  const killed = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => groupOf(pid) === emulatorGroup && runs(pid, functionName))
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  return killed.length
}

function runs(pid: number, functionName: string): boolean {
  return read(pid, 'environ').split('\0').includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`)
}

/** The fifth field of `stat`, behind the name in brackets (proc(5)). */
function groupOf(pid: number): number {
  return Number(read(pid, 'stat').split(') ').at(-1)?.split(' ')[2])
}

/** Empty for a process that has just ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
