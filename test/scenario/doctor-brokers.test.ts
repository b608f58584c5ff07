/**
 * What `torghut doctor` says of each account's broker, asked over HTTP at a paper exchange that misbehaves, and of what
 * else keeps a lane from running: one finding per cause.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAlpacaBroker } from '../../lib/adapters/alpaca/alpaca-broker.ts'
import { instant } from '../../lib/domain/time.ts'
import type { FaultKind } from '../../lib/exchange/faults.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { type FakeStage, fakeStage, NOW } from '../support/deployment-fixture.ts'
import { limitsByHand } from '../support/limits-by-hand.ts'
import { ALPHA, BETA, openExchange, type TestExchange } from '../support/paper-exchange-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { aDecision, aLane, anExecution, aSignal } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'

interface Finding {
  readonly check: string
  readonly level: string
  readonly message: string
}

let exchange: TestExchange
let stage: FakeStage
let deployment: Deployment
/** How long beta's broker is waited for; null: as long as it takes. */
let timeoutMs: number | null
const secrets = new Map<string, string>()

limitsByHand()
beforeEach(async () => {
  exchange = await openExchange()
  stage = fakeStage()
  timeoutMs = null
  const base_url = exchange.baseUrl
  stage.flags['TRADING_ACCOUNT_LABEL'] = ALPHA
  stage.flags['TRADING_MULTI_ACCOUNT_ENABLED'] = 'true'
  stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([
    { label: ALPHA, base_url },
    { label: BETA, base_url },
  ])
  for (const label of [ALPHA, BETA]) {
    stage.credentials.set(label, `key-${label}`)
    secrets.set(`key-${label}`, `secret-${label}`)
    await stage.deployment.stores.lanes.createLane(aLane({ accountLabel: label }))
  }
  const strategies = [aStrategy('a', { strategyType: 'legacy_macd_rsi', version: '1.0.0' })]
  await stage.deployment.stores.catalog.apply({ hash: catalogHash(strategies), strategies })
  deployment = {
    ...stage.deployment,
    openBroker: async (target, { keyId }) =>
      openAlpacaBroker({
        target,
        credentials: { keyId, secret: secrets.get(keyId) ?? '' },
        ...(keyId === `key-${BETA}` && timeoutMs !== null && { timeoutMs }),
      }),
  }
})
afterEach(() => exchange.stop())

const run = (words: string) =>
  runInside([...words.split(' '), '--stage', 'dev'], { folder: '.', deployment, environment: {} })

async function findings(): Promise<readonly Finding[]> {
  const [result] = jsonLines((await run('doctor --json')).stdout)
  return (result as { readonly findings: readonly Finding[] }).findings
}

async function badOnes(): Promise<readonly string[]> {
  const all = await findings()
  return all.filter(({ level }) => level === 'fail').map(({ check, message }) => `${check}: ${message}`)
}

describe("doctor asks each account's broker", () => {
  it('and is content with one that answers', async () => {
    const all = await findings()
    expect(all.filter(({ check }) => check === 'brokers')).toMatchObject([
      { level: 'ok', message: 'alpha: the broker answers, equity 100000' },
      { level: 'ok', message: 'beta: the broker answers, equity 100000' },
    ])
    expect(await badOnes()).toEqual([])
  })

  it('says that it does not know the credentials', async () => {
    secrets.set('key-beta', 'another')
    expect(await badOnes()).toEqual(['brokers: the credentials of beta are refused (403)'])
  })

  it.each<[FaultKind, RegExp]>([
    ['401', /^brokers: the credentials of beta are refused \(401\)$/],
    ['gateway_404', /^brokers: the broker of beta cannot be asked: .*404/],
    ['500', /^brokers: the broker of beta cannot be asked: .*500/],
    ['timeout_before_accept', /^brokers: the broker of beta cannot be asked: /],
    ['disconnect_before_accept', /^brokers: the broker of beta cannot be asked: /],
  ])('says what came of it: %s', async (kind, message) => {
    if (kind === 'timeout_before_accept') timeoutMs = 500
    exchange.failNext({ on: 'GET /v2/account', kind, times: 5, account: BETA })
    const found = await badOnes()
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(message)
  })

  it('says that nobody listens there', async () => {
    const { port } = new URL(exchange.baseUrl)
    await exchange.server.close()
    expect(port).not.toBe('')
    const found = await badOnes()
    expect(found).toHaveLength(2)
    expect(found[0]).toMatch(/^brokers: the broker of alpha cannot be asked: /)
  })

  it('says that the account is blocked', async () => {
    const healthy = deployment
    deployment = {
      ...healthy,
      openBroker: async (...args) => {
        const broker = await healthy.openBroker(...args)
        const snapshot = await broker.snapshot()
        const blocked = { ...snapshot, balance: { ...snapshot.balance, tradingBlocked: true } }
        return Object.assign(broker, { snapshot: async () => blocked })
      },
    }
    expect((await badOnes())[0]).toBe('brokers: the broker blocks trading of alpha')
  })
})

describe('doctor says one thing per cause', () => {
  it('of a lane that waits because its broker refuses it', async () => {
    secrets.set('key-beta', 'another')
    for (const seq of [1, 2]) await stage.deployment.stores.signals.append(aSignal(seq))
    const waiting = (await findings()).filter(({ check, level }) => check === 'lanes' && level === 'warn')
    expect(waiting.map(({ message }) => message.split(' ')[0])).toEqual(['alpha'])
  })

  it('of bad flags, of a bad registry, and of a stack that is not there', async () => {
    stage.flags['TRADING_ENABLED'] = 'ture'
    expect(await badOnes()).toHaveLength(1)
    delete stage.flags['TRADING_ENABLED']
    stage.flags['TRADING_ACCOUNTS_JSON'] = '[{"label":"a"},{"label":"a"}]'
    expect(await badOnes()).toHaveLength(1)
    stage = fakeStage()
    stage.stack = null
    deployment = stage.deployment
    expect(await badOnes()).toEqual([
      'stack: there is no stack torghut-dev',
      'accounts: paper (paper, enabled) has no credentials',
    ])
  })

  it('of coins that are traded while lanes do not run', async () => {
    const hours = 'cron(* 13-20 ? * MON-FRI *)'
    const schedule = { enabled: true, expression: 'rate(1 minute)', timeZone: 'UTC', tradingWindow: hours }
    stage.schedule = schedule
    const told = async () =>
      (await findings()).filter(({ message }) => message.startsWith('coins are traded'))
    expect(await told()).toEqual([])
    stage.flags['TRADING_CRYPTO_ENABLED'] = 'true'
    expect(await told()).toMatchObject([{ check: 'schedule', level: 'warn' }])
    stage.schedule = { ...schedule, tradingWindow: 'always' }
    expect(await told()).toEqual([])
  })

  it('of an account that went with open work', async () => {
    stage.openAccounts.push(ALPHA, 'gone' as typeof ALPHA)
    expect(await badOnes()).toEqual([
      'accounts: gone is not registered any more and has open work, which nobody settles or cancels',
    ])
  })
})

it('points at a primary account that is disabled', async () => {
  const base_url = exchange.baseUrl
  stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([
    { label: ALPHA, base_url, enabled: false },
    { label: BETA, base_url },
  ])
  const accounts = (await findings()).filter(({ check }) => check === 'accounts')
  expect(accounts).toMatchObject([
    {
      level: 'warn',
      message: expect.stringContaining(`${ALPHA} (paper, disabled) is the primary account`) as unknown,
    },
    { level: 'ok' },
  ])
})

describe('status', () => {
  const failed = (at: string, message: string) => ({
    id: at,
    at: instant(at),
    function: 'lane' as const,
    text: JSON.stringify({ level: 'ERROR', message, account: BETA, error: { message: 'status 401' } }),
  })

  it("has each lane's last failure with its age, and counts what was put aside", async () => {
    stage.logLines.push(
      failed('2024-05-14T14:00:00Z', 'an earlier one'),
      failed('2024-05-14T14:25:00Z', 'the tick failed'),
      {
        id: 'q',
        at: NOW,
        function: 'ingest',
        text: JSON.stringify({ level: 'ERROR', message: 'signal quarantined', origin: 'ta' }),
      },
    )
    const [status] = jsonLines((await run('status --json')).stdout)
    expect(status).toMatchObject({
      lanes: [
        { account: ALPHA, registered: true, last_failure: null },
        {
          account: BETA,
          last_failure: { at: '2024-05-14T14:25:00Z', message: 'the tick failed: status 401' },
        },
      ],
      quarantined: { signals: 1, trade_updates: 0 },
    })
    const { stdout } = await run('status')
    expect(stdout).toContain('2024-05-14T14:25:00Z (5 min ago): the tick failed: status 401')
    expect(stdout).toContain('put aside in the last 24 h: 1 signals, 0 trade updates')
  })

  it('says that a failure was before the last commit', async () => {
    stage.logLines.push(failed('2024-05-14T14:25:00Z', 'the lane is halted'))
    stage.flags['TRADING_SIGNAL_SOURCE'] = 'other'
    const lastTickAt = instant('2024-05-14T14:26:00Z')
    await stage.deployment.stores.lanes.createLane(aLane({ accountLabel: BETA, source: 'other', lastTickAt }))
    const { stdout } = await run('status')
    expect(stdout).toContain('2024-05-14T14:25:00Z (5 min ago), before the last commit: the lane is halted')
  })

  it.each([
    ['flags', { TRADING_ENABLED: 'ture' }, 'did you mean true?'],
    ['registry', { TRADING_ACCOUNTS_JSON: '{' }, 'TRADING_ACCOUNTS_JSON'],
  ])('shows open orders while the %s are bad', async (_, flags, message) => {
    Object.assign(stage.flags, flags)
    const { executions } = stage.deployment.stores
    await executions.createExecution(anExecution({ state: 'accepted' }, aDecision(1, BETA)))
    const { code, stdout } = await run('status')
    expect([code, stdout]).toEqual([0, expect.stringContaining(message)])
    expect(stdout).toMatch(/beta .*accepted/)
    const [status] = jsonLines((await run('status --json')).stdout)
    expect(status).toMatchObject({
      lanes: [
        { account: ALPHA, registered: null },
        { account: BETA, open: [{}] },
      ],
    })
  })

  it('shows an account that is not registered any more and has open work', async () => {
    stage.openAccounts.push(BETA)
    stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([{ label: ALPHA }])
    const { executions } = stage.deployment.stores
    await executions.createExecution(anExecution({ state: 'accepted' }, aDecision(1, BETA)))
    const { stdout } = await run('status')
    expect(stdout).toMatch(/beta .*not registered any more/)
    expect(stdout).toMatch(/beta .*accepted/)
  })
})
