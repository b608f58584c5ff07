/** The paper exchange in a process of its own that is killed in the middle of its work, and started again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALPHA, ALPHA_KEY, brokerOf, openExchange, order } from '../support/paper-exchange-fixture.ts'
import { appendLogFile } from '../../lib/adapters/files/append-log-file.ts'
import { RequestBudget } from '../../lib/domain/request-budget.ts'
import { limitsByHand } from '../support/limits-by-hand.ts'

const PROGRAM = `
  import { appendLogFile } from './lib/adapters/files/append-log-file.ts'
  import { ExchangeServer } from './lib/exchange/http/server.ts'
  import { PaperExchange } from './lib/exchange/paper-exchange.ts'
  const { keyId, secret, logFile } = JSON.parse(process.env.EXCHANGE)
  const exchange = new PaperExchange({
    clock: { now: () => Date.parse('2012-01-03T15:00:00Z'), monotonic: () => 0 },
    log: appendLogFile(logFile),
    alwaysOpen: true,
    autoFill: true,
  })
  exchange.openAccount({ label: 'alpha', cash: 10000000000000n })
  exchange.markPrices({ AAPL: 100000000n })
  const server = await ExchangeServer.listen({ exchange, keys: [{ label: 'alpha', keyId, secret }] })
  console.log(server.baseUrl)
`

const folder = mkdtempSync(join(tmpdir(), 'paper-exchange-kill-'))
const program = join(folder, 'exchange.mjs')

beforeAll(() =>
  build({
    stdin: { contents: PROGRAM, resolveDir: join(import.meta.dirname, '../..'), loader: 'js' },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // the WebSocket server requires what Node has built in
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    logLevel: 'silent',
  }),
)
afterAll(() => rmSync(folder, { recursive: true }))
// an answer is waited for until the process is gone
limitsByHand()

/** Starts the exchange, sends orders until `answers` have come, kills it at once. Returns what was accepted. */
async function tradeAndKill(logFile: string, round: number, answers: number): Promise<string[]> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, EXCHANGE: JSON.stringify({ ...ALPHA_KEY, logFile }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [baseUrl] = (await once(createInterface(child.stdout), 'line')) as [string]
  const broker = brokerOf({ baseUrl }, ALPHA_KEY, { budget: new RequestBudget(1000) })
  const accepted: string[] = []
  const sender = async (name: string): Promise<void> => {
    for (let count = 0; ; count += 1) {
      const request = order(`r${round}-${name}-${count}`)
      const answer = await broker.submit(request)
      if (answer.kind !== 'accepted') return
      accepted.push(request.clientOrderId)
      if (accepted.length >= answers) child.kill('SIGKILL')
    }
  }
  await Promise.all(['a', 'b', 'c'].map(sender))
  await ended
  return accepted
}

it('knows every order that it has accepted, once each, and takes none of them again', async () => {
  const logFile = join(folder, 'exchange.jsonl')
  const accepted: string[] = []
  for (const [round, answers] of [1, 7, 20, 33].entries()) {
    accepted.push(...(await tradeAndKill(logFile, round, answers)))
  }
  expect(accepted.length).toBeGreaterThanOrEqual(61)

  const exchange = await openExchange({ log: appendLogFile(logFile), alwaysOpen: true })
  const held = exchange.orders(ALPHA).map(({ client_order_id: id }) => id)
  expect(new Set(held).size).toBe(held.length)
  expect(held).toEqual(expect.arrayContaining(accepted))
  // At most what each of the three senders had under way when the process died.
  expect(held.length - accepted.length).toBeLessThanOrEqual(4 * 3)
  const broker = brokerOf(exchange)
  for (const id of accepted.slice(0, 20)) expect((await broker.submit(order(id))).kind).toBe('unprocessable')
  await exchange.stop()
})
