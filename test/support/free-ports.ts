/**
 * Ports of the loopback that nobody listens to, and that the system gives to nobody by itself: below those that it
 * chooses from for whoever wants any port, and other ones in each process.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 11_000
/** Linux chooses from 32,768 on, others from 49,152 on. */
const COUNT = 21_000
const OF_A_PROCESS = 50
let next = process.pid * OF_A_PROCESS

export async function freePorts(count: number): Promise<readonly number[]> {
  const free: number[] = []
  while (free.length < count) {
    const port = FIRST + (next % COUNT)
    next += 1
    if (await isFree(port)) free.push(port)
  }
  return free
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}
