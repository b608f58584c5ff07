/** `torghut exchange` as a process of its own, for tests that reach it over HTTP as a deployment would. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CLI } from './run-cli.ts'

export interface StartedExchange {
  readonly base_url: string
  readonly accounts: readonly { label: string; key_id: string; secret: string; cash: string }[]
}

export class SpawnedExchange {
  #running: ChildProcess | null = null

  /** @param words its options */
  async start(words: readonly string[], folder: string): Promise<StartedExchange> {
    this.#running = spawn(process.execPath, [CLI, 'exchange', '--json', ...words], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (this.#running.stdout === null) throw new Error('no output')
    const [line] = (await once(createInterface(this.#running.stdout), 'line')) as [string]
    return JSON.parse(line) as StartedExchange
  }

  /** The code and signal that it ends with. */
  async interrupt(signal: NodeJS.Signals): Promise<unknown[]> {
    if (this.#running === null) throw new Error('it was not started')
    const ended = once(this.#running, 'exit')
    this.#running.kill(signal)
    return ended
  }

  kill(): void {
    this.#running?.kill('SIGKILL')
    this.#running = null
  }
}

/** The key of its first account. */
export function firstKey({ accounts }: StartedExchange): { readonly keyId: string; readonly secret: string } {
  const [account] = accounts
  if (account === undefined) throw new Error('the exchange has no account')
  return { keyId: account.key_id, secret: account.secret }
}

/** All orders that its first account ever placed, as it shows them. */
export async function ordersOf(exchange: StartedExchange): Promise<readonly Record<string, unknown>[]> {
  const { keyId, secret } = firstKey(exchange)
  const headers = { 'APCA-API-KEY-ID': keyId, 'APCA-API-SECRET-KEY': secret }
  const answer = await fetch(`${exchange.base_url}/v2/orders?status=all`, { headers })
  return (await answer.json()) as readonly Record<string, unknown>[]
}
