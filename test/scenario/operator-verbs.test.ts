/**
 * What an operator needs in an incident beside `status` and `doctor`: what the brokers hold, dead letters one by one,
 * flags taken away, and output that says what it should. Brokers are a paper exchange over HTTP.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAlpacaBroker } from '../../lib/adapters/alpaca/alpaca-broker.ts'
import { runCli } from '../../lib/cli/program.ts'
import { InterruptedError } from '../../lib/cli/terminal/exit-codes.ts'
import { Output } from '../../lib/cli/terminal/output.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { type FakeStage, fakeStage, NOW } from '../support/deployment-fixture.ts'
import { ALPHA, BETA, openExchange, type TestExchange } from '../support/paper-exchange-fixture.ts'
import { jsonLines, runInside, TextCollector } from '../support/run-cli.ts'
import { aDecision, anExecution } from '../support/state-samples.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'

let folder = ''
let exchange: TestExchange
let stage: FakeStage
let deployment: Deployment

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbs-'))
  exchange = await openExchange({ prices: { AAPL: decimal('100') }, alwaysOpen: true })
  stage = fakeStage()
  stage.flags['TRADING_ACCOUNT_LABEL'] = ALPHA
  stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([
    { label: ALPHA, base_url: exchange.baseUrl },
    { label: BETA, base_url: exchange.baseUrl },
  ])
  for (const label of [ALPHA, BETA]) stage.credentials.set(label, `key-${label}`)
  deployment = {
    ...stage.deployment,
    openBroker: async (target, { keyId }) =>
      openAlpacaBroker({ target, credentials: { keyId, secret: keyId.replace('key', 'secret') } }),
  }
})
afterEach(async () => {
  await exchange.stop()
  await rm(folder, { recursive: true })
})

const run = (...words: string[]) =>
  runInside([...words, '--stage', 'dev'], { folder, deployment, environment: {} })
const json = (text: string) => jsonLines(text)[0]

function place(label: typeof ALPHA, client_order_id: string): string {
  const body = { symbol: 'AAPL', qty: '2', side: 'buy', type: 'market', time_in_force: 'day' }
  const order = exchange.placeOrder(label, { ...body, client_order_id })
  if (!('id' in order)) throw new Error('refused')
  return order.id
}

describe('orders', () => {
  const ours = anExecution({ state: 'accepted' }, aDecision(1, ALPHA))

  it('are what the brokers have open, and whose', async () => {
    await deployment.stores.executions.createExecution(ours)
    place(ALPHA, ours.clientOrderId)
    place(BETA, 'by-hand')
    expect(json((await run('orders', '--json')).stdout)).toMatchObject([
      { account: ALPHA, client_order_id: ours.clientOrderId, quantity: '2', owner: 'ours: accepted' },
      { account: BETA, client_order_id: 'by-hand', owner: 'foreign' },
    ])
    const { code, stdout } = await run('orders', '--account', BETA)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/by-hand .*buy .*2 .*AAPL .*foreign/)])
    expect(stdout).not.toContain(ours.clientOrderId)
  })

  it('of a broker that cannot be asked cost the others nothing', async () => {
    place(BETA, 'by-hand')
    exchange.failNext({ on: 'GET /v2/account', kind: '500', times: 9, account: ALPHA })
    const { code, stdout, stderr } = await run('orders')
    expect([code, stdout, stderr]).toEqual([
      3,
      expect.stringContaining('by-hand'),
      expect.stringMatching(/error: alpha: .*500/),
    ])
  })

  it("are cancelled: ours, by id, or everybody's, with the label", async () => {
    const byHand = place(ALPHA, 'by-hand')
    place(ALPHA, ours.clientOrderId)
    expect((await run('orders', 'cancel', ALPHA)).code).toBe(4)
    expect((await run('orders', 'cancel', ALPHA, '--confirm', 'dev')).code).toBe(4)
    const own = await run('orders', 'cancel', ALPHA, '--confirm', ALPHA)
    expect([own.code, own.stdout]).toEqual([0, `${ours.clientOrderId}: the broker cancels it\n`])
    const missing = await run('orders', 'cancel', ALPHA, 'nobody', '--confirm', ALPHA)
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('no open order nobody')])
    const one = await run('orders', 'cancel', ALPHA, byHand, '--confirm', ALPHA, '--json')
    expect(json(one.stdout)).toEqual({
      orders: [{ client_order_id: 'by-hand', alpaca_order_id: byHand, answer: 'cancelled' }],
      missing: [],
    })
    place(ALPHA, 'more')
    const all = await run('orders', 'cancel', ALPHA, '--all', '--confirm', ALPHA, '--json')
    expect(json(all.stdout)).toEqual({ cancelled: 1, refused: 0 })
    expect(exchange.orders(ALPHA).every(({ status }) => status === 'canceled')).toBe(true)
  })
})

it('positions are what the brokers have', async () => {
  place(ALPHA, 'bought')
  exchange.fillPending()
  expect(json((await run('positions', '--json')).stdout)).toEqual([
    { account: ALPHA, symbol: 'AAPL', quantity: '2', market_value: '200' },
  ])
  const { code, stdout, stderr } = await run('positions')
  expect([code, stdout, stderr]).toEqual([
    0,
    expect.stringMatching(/alpha +AAPL +2 +200/),
    expect.stringContaining('beta: equity 100000, buying power'),
  ])
})

describe('dead letters', () => {
  beforeEach(() => {
    for (const n of [1, 2, 3]) {
      stage.deadLetters.push({
        messageId: `m-${n}`,
        groupId: ALPHA,
        deduplicationId: `tick-${n}`,
        sentAt: NOW,
        receiveCount: 3,
        body: `{"tick":${n}}`,
        receipt: `r-${n}`,
      })
    }
  })

  it('are shown whole, one by one', async () => {
    const { code, stdout } = await run('dlq', 'show', 'm-2', '--queue', 'lane')
    expect([code, stdout]).toEqual([0, expect.stringContaining('{\n  "tick": 2\n}')])
    expect(json((await run('dlq', 'show', 'm-2', '--queue', 'lane', '--json')).stdout)).toMatchObject([
      { message_id: 'm-2', body: '{"tick":2}' },
    ])
    const none = await run('dlq', 'show', 'm-9')
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no dead letter m-9')])
    expect((await run('dlq', 'list', '--queue', 'lane')).stdout).toMatch(/m-1 +alpha +.*\(0 s ago\)/)
  })

  it('are dropped with the label, those that are named or all', async () => {
    expect((await run('dlq', 'drop', 'm-2', '--queue', 'lane')).code).toBe(4)
    expect((await run('dlq', 'drop', '--queue', 'lane', '--confirm', ALPHA)).code).toBe(2)
    await run('dlq', 'drop', 'm-2', '--queue', 'lane', '--confirm', ALPHA)
    expect(stage.deadLetters.map(({ messageId }) => messageId)).toEqual(['m-1', 'm-3'])
    const all = await run('dlq', 'drop', '--all', '--queue', 'lane', '--confirm', ALPHA, '--json')
    expect(json(all.stdout)).toEqual([{ queue: 'lane', dropped: 2 }])
    expect(stage.deadLetters).toEqual([])
  })
})

describe('flags', () => {
  it('are taken away, wrong ones too, but not the kill switch', async () => {
    stage.flags['TRADING_COOLDOWN_SECONDS'] = '300'
    stage.flags['TRADING_MISSPELT'] = '1'
    const { code, stdout } = await run('flags', 'unset', 'TRADING_MISSPELT')
    expect([code, stdout]).toEqual([0, 'TRADING_MISSPELT: 1 -> not set\n'])
    expect(json((await run('flags', 'unset', 'TRADING_COOLDOWN_SECONDS', '--json')).stdout)).toEqual({
      name: 'TRADING_COOLDOWN_SECONDS',
      before: '300',
      after: null,
      warnings: [],
    })
    expect((await run('flags', 'unset', 'TRADING_COOLDOWN_SECONDS')).code).toBe(1)
    expect((await run('flags', 'unset', KILL)).code).toBe(2)
    expect(Object.keys(stage.flags)).toContain(KILL)
  })

  it('of an account want its label before its own switch goes', async () => {
    const own = `accounts/${BETA}/${KILL}`
    stage.flags[own] = 'true'
    expect((await run('flags', 'unset', own)).code).toBe(4)
    expect((await run('flags', 'unset', own, '--confirm', BETA)).code).toBe(0)
  })

  it('of a laptop are taken out of the file, and the others stay', async () => {
    const local = (...words: string[]) => runInside(words, { folder, environment: {} })
    await local('flags', 'set', 'TRADING_COOLDOWN_SECONDS', '300')
    await local('flags', 'set', 'TRADING_MAX_ORDERS_PER_CYCLE', '3')
    expect((await local('flags', 'unset', 'TRADING_COOLDOWN_SECONDS')).code).toBe(0)
    const { stdout } = await local('flags', 'list', '--json')
    expect(json(stdout)).toContainEqual(
      expect.objectContaining({ name: 'TRADING_COOLDOWN_SECONDS', value: '0' }),
    )
    expect(json(stdout)).toContainEqual(
      expect.objectContaining({ name: 'TRADING_MAX_ORDERS_PER_CYCLE', value: '3' }),
    )
  })

  it('are shown whole when they are asked for by name', async () => {
    const registry = stage.flags['TRADING_ACCOUNTS_JSON'] ?? ''
    expect((await run('flags', 'list')).stdout).not.toContain(registry)
    expect((await run('flags', 'list', 'TRADING_ACCOUNTS_JSON')).stdout).toContain(registry)
  })
})

/** Runs a verb as at a terminal of some columns. */
async function atTerminal(columns: number, words: readonly string[], ask: () => Promise<string | null>) {
  const stdout = Object.assign(new TextCollector(), { isTTY: true, columns })
  const stderr = new TextCollector()
  const asked: string[] = []
  const answering = async (question: string) => {
    asked.push(question)
    return ask()
  }
  const code = await runCli([...words, '--stage', 'dev'], {
    output: new Output({ stdout, stderr }, { NO_COLOR: '1' }),
    environment: {},
    folder,
    ask: answering,
    askSecret: answering,
    readStdin: async () => null,
    migrations: () => Promise.reject(new Error('not asked for')),
    deployedRegistry: () => Promise.reject(new Error('not asked for')),
    deployedIndicators: () => Promise.reject(new Error('not asked for')),
    openDeployment: async () => deployment,
    openFlags: () => Promise.reject(new Error('not asked for')),
  })
  return { code, stdout: stdout.text, stderr: stderr.text, asked }
}

describe('at a terminal', () => {
  it.each([60, 80, 120])('output fits %i columns, and nothing is cut off', async (columns) => {
    await deployment.stores.executions.createExecution(
      anExecution({ state: 'accepted' }, aDecision(1, ALPHA)),
    )
    place(ALPHA, 'an-order-with-a-rather-long-id-of-its-own')
    for (const verb of ['orders', 'flags']) {
      const { stdout } = await atTerminal(columns, [verb], async () => null)
      expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns)
      expect(stdout).not.toContain('…')
    }
  })

  it('Ctrl-C at a question ends the command there', async () => {
    const { code, asked } = await atTerminal(80, ['accounts', 'put-credentials', ALPHA], async () => {
      throw new InterruptedError('interrupted')
    })
    expect([code, asked]).toEqual([130, ['Key id of alpha:']])
    expect(stage.credentials.get(ALPHA)).toBe('key-alpha')
  })
})

describe('ticks and signals', () => {
  const dispatched = (tick_at: string, cycles: number) => ({
    id: tick_at,
    at: NOW,
    function: 'dispatch' as const,
    text: JSON.stringify({ level: 'INFO', message: 'tick dispatched', tick_at, cycles }),
  })

  it('a tick says when its minute was dispatched before', async () => {
    const first = await run('tick', '--json')
    expect(json(first.stdout)).toMatchObject({ duplicate: false })
    stage.logLines.push(dispatched('2024-05-14T14:29:00Z', 1), dispatched('2024-05-14T14:30:00Z', 0))
    expect(json((await run('tick', '--json')).stdout)).toMatchObject({ duplicate: false })
    stage.logLines.push(dispatched('2024-05-14T14:30:00Z', 1))
    const { code, stderr } = await run('tick')
    expect([code, stderr]).toEqual([0, expect.stringContaining('A duplicate')])
  })

  it('a push warns of signals that nothing is ordered for any more', async () => {
    const line = (at: string, seq: number) =>
      `{"event_ts":"${at}","symbol":"AAPL","timeframe":"1Min","seq":${seq},"source":"ta","payload":{"price":1}}\n`
    await writeFile(
      join(folder, 's.jsonl'),
      line('2024-05-14T14:00:00Z', 1) + line('2024-05-14T14:29:00Z', 2),
    )
    const { code, stderr } = await run('signals', 'push', 's.jsonl')
    expect([code, stderr]).toEqual([0, expect.stringContaining('1 of 2 signals are older than 300 s')])
    expect((await run('signals', 'push', 's.jsonl', '--now')).stderr).toContain('older than 300 s')
    stage.flags['TRADING_SIGNAL_MAX_AGE_SECONDS'] = '3600'
    expect((await run('signals', 'push', 's.jsonl')).stderr).not.toContain('older')
  })
})
