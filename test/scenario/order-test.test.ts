/** `torghut doctor --order-test`, over HTTP against `torghut exchange`: what it sees, and what it says when things go wrong. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOrderTester } from '../../lib/adapters/alpaca/order-tester.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { asClientOrderId } from '../../lib/domain/ids.ts'
import { orderTest } from '../../lib/operations/order-test.ts'
import { TEST_ORDER_PREFIX } from '../../lib/operations/test-order.ts'
import type { OrderTester } from '../../lib/ports/order-tester.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { limitsByHand } from '../support/limits-by-hand.ts'
import { runInside, type CliResult } from '../support/run-cli.ts'
import { SpawnedExchange, firstKey, ordersOf, type StartedExchange } from '../support/spawned-exchange.ts'

let folder: string
const exchange = new SpawnedExchange()

// the exchange answers whatever it is asked, however late its process is
limitsByHand()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-order-test-'))
})
afterEach(() => {
  exchange.kill()
  rmSync(folder, { recursive: true })
})

const start = (...faults: string[]) =>
  exchange.start(
    ['--always-open', '--price', 'SPY=500', ...faults.flatMap((fault) => ['--fault', fault])],
    folder,
  )

/** Runs the verb on a stage whose account `paper` is one of the exchange's. */
function doctor(started: StartedExchange, words: readonly string[], secret?: string): Promise<CliResult> {
  const fake = fakeStage()
  const key = firstKey(started)
  const live = { label: 'real', mode: 'live' }
  fake.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([{ label: 'paper', base_url: started.base_url }, live])
  const deployment = {
    ...fake.deployment,
    credentials: {
      ...fake.deployment.credentials,
      read: async () => ({ ...key, secret: secret ?? key.secret }),
    },
  }
  return runInside(['doctor', '--order-test', '--stage', 'dev', ...words], { folder, deployment })
}

/** The tester of a process that ends at the request after so many. */
function dying(tester: OrderTester, requests: number): readonly [OrderTester, Promise<unknown>] {
  let left = requests
  let end = (): void => {}
  const killed = new Promise<void>((resolve) => {
    end = resolve
  })
  const dyingTester = new Proxy(tester, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...words: unknown[]) => {
        left -= 1
        if (left >= 0) return (member as (...all: unknown[]) => unknown)(...words)
        // what is on its way arrives all the same, and nobody hears of it
        if (name === 'place') await (member as (...all: unknown[]) => unknown)(...words)
        end()
        return new Promise<never>(() => {})
      }
    },
  })
  return [dyingTester, killed]
}

const PAPER = ['--account', 'paper']

describe('the order test', () => {
  it('sends one order far off the market, sees it by both ids, and cancels it', async () => {
    const started = await start()
    const { code, stdout } = await doctor(started, PAPER)
    expect(stdout).toContain('by its id: all 9 fields as sent')
    expect(stdout).toContain('by its client order id: all 9 fields as sent')
    expect(stdout).toContain('cancelled, and shown as cancelled')
    expect({ code, failed: stdout.includes('fail') }).toEqual({ code: 0, failed: true })
    const orders = await ordersOf(started)
    expect(orders).toMatchObject([
      {
        symbol: 'SPY',
        side: 'buy',
        type: 'limit',
        qty: '1',
        limit_price: '1',
        status: 'canceled',
        filled_qty: '0',
      },
    ])
    // none of ours: neither settled nor counted as a strategy's
    expect(String(orders[0]?.['client_order_id'])).toMatch(/^torghut-order-test-/)
  })

  it('does the same with coins, which have no day and want 10 dollars at least', async () => {
    const started = await exchange.start(['--price', 'BTC/USD=60000'], folder)
    const { code, stdout } = await doctor(started, [...PAPER, '--symbol', 'btcusd'])
    expect(stdout).toContain('took buy 20 BTC/USD at 1 ')
    expect(stdout).toContain('by its client order id: all 9 fields as sent')
    expect(stdout).toContain('cancelled, and shown as cancelled')
    expect(code).toBe(0)
    const [order] = await ordersOf(started)
    expect(order).toMatchObject({
      symbol: 'BTC/USD',
      type: 'limit',
      qty: '20',
      limit_price: '1',
      time_in_force: 'gtc',
      status: 'canceled',
    })
  })

  it('says what an order for coins takes', async () => {
    const prices = ['--price', 'BTC/USD=60000', '--fault', 'POST /v2/orders=403']
    const { stdout } = await doctor(await exchange.start(prices, folder), [...PAPER, '--symbol', 'BTC/USD'])
    expect(stdout).toContain('whether the account may trade coins and has 20 dollars')
  })

  it('says in --json what it found', async () => {
    const { code, stdout } = await doctor(await start(), [...PAPER, '--json'])
    expect(code).toBe(0)
    const { findings } = JSON.parse(stdout) as { findings: { level: string }[] }
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  })

  it.each([
    ['POST /v2/orders=401', 'put-credentials paper', 0],
    ['POST /v2/orders=403', 'whether the account may trade', 0],
    ['POST /v2/orders=429', 'Wait a minute', 0],
    // taken or not, it is found out, and nothing is left behind
    ['POST /v2/orders=500', 'it was not taken', 0],
    ['POST /v2/orders=gateway_403', 'it was not taken', 0],
    ['POST /v2/orders=504_after_accept', 'It was taken all the same', 1],
    ['POST /v2/orders=malformed_after_accept', 'It was taken all the same', 1],
    ['GET /v2/orders/{id}=500', 'do not trade before this works', 1],
    ['GET /v2/orders:by_client_order_id=gateway_404', 'do not trade before this works', 1],
    ['DELETE /v2/orders/{id}=500', 'Cancel the order', 1],
  ])('with %s it fails, and says: %s', async (fault, advice, sent) => {
    const started = await start(fault)
    const { code, stdout } = await doctor(started, PAPER)
    expect(stdout).toContain(advice)
    expect(code).toBe(1)
    const orders = await ordersOf(started)
    expect(orders).toHaveLength(sent)
    const open = fault.startsWith('DELETE') ? 1 : 0
    expect(orders.filter(({ status }) => status !== 'canceled')).toHaveLength(open)
  })

  it('killed at any of its requests leaves an order that the next one finds and cancels', async () => {
    const started = await start()
    const credentials = firstKey(started)
    const target = { mode: 'paper', baseUrl: started.base_url } as const
    const open = async () => (await ordersOf(started)).filter(({ status }) => status !== 'canceled')
    const run = (tester: OrderTester, name: string) =>
      orderTest({
        tester,
        account: accountLabel('paper'),
        symbol: 'SPY',
        clientOrderId: asClientOrderId(`${TEST_ORDER_PREFIX}${name}`),
        pause: async () => {},
      })[0]?.run()
    const whole = openOrderTester({ target, credentials })
    let left = 0
    // the list, the order, two looks, the cancelling, and the look after it
    for (let requests = 0; requests < 6; requests += 1) {
      const [tester, killed] = dying(whole, requests)
      await Promise.race([run(tester, `killed-${requests}`), killed])
      const before = await open()
      left += before.length
      const findings = (await run(whole, `next-${requests}`)) ?? []
      expect(findings.map(({ level }) => level)).not.toContain('fail')
      expect(
        findings.filter(({ message }) => message.includes('left by a test')).map(({ message }) => message),
      ).toEqual(
        before.map(() => expect.stringMatching(/^buy 1 SPY at 1 .*: cancelled, and shown as cancelled$/)),
      )
      expect(await open()).toEqual([])
    }
    expect(left).toBe(4)
  })

  it('leaves the orders of others as they are, and says what it cannot cancel or ask', async () => {
    const started = await start('DELETE /v2/orders/{id}=500')
    const { keyId, secret } = firstKey(started)
    const post = (id: string) =>
      fetch(`${started.base_url}/v2/orders`, {
        method: 'POST',
        headers: { 'APCA-API-KEY-ID': keyId, 'APCA-API-SECRET-KEY': secret },
        body: JSON.stringify({
          symbol: 'SPY',
          qty: '1',
          side: 'buy',
          type: 'limit',
          limit_price: '1',
          time_in_force: 'day',
          client_order_id: id,
        }),
      })
    await post('tg-of-a-strategy')
    await post('torghut-order-test-left')
    const { code, stdout } = await doctor(started, PAPER)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /torghut-order-test-left\), left by a test that was killed: it cannot be cancelled/,
    )
    expect(stdout).not.toContain('tg-of-a-strategy')
    exchange.kill()
    const silent = await doctor(await start('GET /v2/orders=500'), PAPER)
    expect(silent.stdout).toContain('whether an earlier test has left an order cannot be asked: status 500')
  })

  it('says what to do about keys that the broker does not know, and about a share that it does not trade', async () => {
    const started = await start()
    const forbidden = await doctor(started, PAPER, 'another')
    expect(forbidden).toMatchObject({ code: 1 })
    expect(forbidden.stdout).toContain('status 403')
    const unknown = await doctor(started, [...PAPER, '--symbol', 'brk-b'])
    expect(unknown.stdout).toContain('asset \\"BRK.B\\" not found')
    expect(unknown.stdout).toContain(
      'Choose another symbol than BRK.B: --symbol with a share, or one of BTC/USD, ETH/USD.',
    )
  })

  it('tells of an order that filled, since its share costs less than a dollar', async () => {
    const started = await exchange.start(['--always-open', '--price', 'SPY=0.5'], folder)
    const { code, stdout } = await doctor(started, PAPER)
    expect(code).toBe(1)
    expect(stdout).toContain('it was filled at a dollar or less')
  })

  it('sends nothing to a live account that is not confirmed by its label', async () => {
    for (const words of [[], ['--confirm', 'paper']]) {
      const { code, stderr } = await doctor(await start(), ['--account', 'real', ...words])
      expect(code).toBe(4)
      expect(stderr).toContain('--confirm real')
      exchange.kill()
    }
  })

  it.each([
    [[], '--account: found nothing'],
    [['--account', 'papper'], 'did you mean paper?'],
    // a dollar is no price far off the market of such a coin
    [[...PAPER, '--symbol', 'DOGEUSD'], 'a share such as SPY, or one of BTC/USD, ETH/USD'],
    [[...PAPER, '--symbol', '"SPY"'], 'a share such as SPY'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await doctor(await start(), words)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
