/**
 * Runs the command line at a terminal of its own, as a person would meet it: what it asks is answered by keys. Needs
 * Python 3, whose standard library opens pseudo-terminals (Node's does not); the tests say so where there is none.
 */
import { spawn, spawnSync } from 'node:child_process'
import { CLI, type CliOptions } from './run-cli.ts'

/** Types the keys once the text awaited has been shown, prints all that was shown, and ends as the command did. */
const AT_TERMINAL = `
import fcntl, os, pty, signal, struct, sys, termios
awaited, keys, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 200, 0, 0))
    os.execv(command[0], command)
signal.alarm(500)  # with the terminal ends what runs at it
shown = b''
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    if keys and awaited in shown:
        os.write(terminal, keys)
        keys = b''
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 255)
`

export function hasTerminal(): boolean {
  return spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0
}

export interface TerminalResult {
  readonly code: number | null
  /** Both streams, as the terminal got them. */
  readonly shown: string
}

/** @param keys typed when `awaited` has been shown, all at once */
export function atTerminal(
  words: readonly string[],
  { awaited, keys, folder, environment }: CliOptions & { readonly awaited: string; readonly keys: string },
): Promise<TerminalResult> {
  const command = [process.execPath, CLI, ...words]
  const child = spawn('python3', ['-c', AT_TERMINAL, awaited, keys, ...command], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk))
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => done({ code, shown }))
  })
}
