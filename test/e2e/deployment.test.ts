/**
 * A whole deployment on the emulator, walked as an operator would: deploy, the five stages of the rollout, the kill
 * switch in the middle of a run, a failing account, a redeploy that must not reset a flag, the end of the stack and its
 * second beginning.
 * Nothing is mocked: real templates, bundles, schedule, queues, tables and parameters; the broker is the paper
 * exchange on loopback.
 */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountLabel, type AccountLabel } from '../../lib/domain/account-label.ts'
import { instant } from '../../lib/domain/time.ts'
import { deploymentOn, type Deployment } from './deploy.ts'
import { startEmulator, type Emulator } from './emulator.ts'
import { logRecords } from './log-records.ts'
import { operatorOf, type Operator } from './operator.ts'
import { killFunction } from './function-processes.ts'
import { walkIdleCycle } from './idle-cycle.ts'
import { walkIncidents } from './incidents.ts'
import { eventually } from './poll.ts'
import { writeRealSignals, type RealSignals } from './real-signals.ts'
import { keyOf, StageUnderTest } from './stage-under-test.ts'

const MAXIMUM_DEPLOY_SECONDS = 60
/** No POST begins later after the kill switch (docs/architecture.md#kill-switch). */
const KILL_SECONDS = 5
const PAPER = accountLabel('paper')
const ALPHA = accountLabel('alpha')
const BETA = accountLabel('beta')
const FEATURE = 'features/torghut_trading_multi_account_enabled'

let emulator: Emulator
let deployment: Deployment
let operator: Operator
let stage: StageUnderTest
let ssm: SSMClient
let logs: CloudWatchLogsClient
let signals: RealSignals
const folder = mkdtempSync(join(tmpdir(), 'torghut-e2e-'))
const signalsFile = join(folder, 'signals.jsonl')

beforeAll(async () => {
  emulator = await startEmulator()
  deployment = deploymentOn(emulator)
  operator = operatorOf(emulator)
  ssm = new SSMClient(emulator.client)
  logs = new CloudWatchLogsClient(emulator.client)
  stage = await StageUnderTest.open(emulator, deployment, [PAPER, ALPHA, BETA])
  signals = writeRealSignals(signalsFile)
})

afterAll(async () => {
  await stage?.exchange.stop()
  await emulator?.stop()
})

const set = (name: string, value: string): Promise<unknown> =>
  operator.json(['flags', 'set', name, value, '--confirm', PAPER])

async function parameters(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  let NextToken: string | undefined
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({ Path: deployment.names.flagsPath, Recursive: true, NextToken }),
    )
    for (const { Name = '', Value = '' } of page.Parameters ?? []) found[Name] = Value
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

/** Pushes the real signals, ticks, and waits until the account has dealt with all of them. */
function putCredentials(label: AccountLabel): Promise<unknown> {
  const { keyId, secret } = keyOf(label)
  const key = { APCA_API_KEY_ID: keyId, APCA_API_SECRET_KEY: secret }
  return operator.json(['accounts', 'put-credentials', label], key)
}

async function pushAndTick(): Promise<void> {
  const before = await stage.stores.signals.end('ta')
  await operator.json(['signals', 'push', signalsFile, '--now'])
  await stage.ingested(before + signals.signals)
  await stage.tick()
}

async function ordersOf(work: () => Promise<unknown>): Promise<number> {
  const before = stage.exchange.orders(PAPER).length
  await work()
  return stage.exchange.orders(PAPER).length - before
}

const walk = (): Promise<number> =>
  ordersOf(async () => {
    await pushAndTick()
    await stage.caughtUp(PAPER)
  })

/** The same by the present flags alone, of which the number of orders tells. */
async function walkStage(): Promise<number> {
  await stage.quiet()
  return walk()
}

const rollout = () =>
  operator.json(['rollout', 'status']) as Promise<{ readonly stage: { readonly number: number } }>

describe('deploying', () => {
  it('takes less than a minute of a processor and starts with the kill switch on', async () => {
    await deployment.bootstrap()
    const { processorSeconds } = await deployment.deploy({ digestHours: '1' })
    expect(processorSeconds).toBeLessThan(MAXIMUM_DEPLOY_SECONDS)
    expect(await parameters()).toEqual({ [deployment.names.killSwitchParameter]: 'true' })
  })

  it('is set up with a registry, credentials and strategies', async () => {
    const registry = [PAPER, ALPHA, BETA].map((label) => ({ label, base_url: stage.exchange.baseUrl }))
    await set('TRADING_ACCOUNTS_JSON', JSON.stringify(registry))
    await set('TRADING_CALENDAR', 'always')
    await set('TRADING_SIGNAL_MAX_AGE_SECONDS', '3600')
    for (const label of [PAPER, ALPHA]) await putCredentials(label)
    const strategies = join(folder, 'strategies.yaml')
    const common = { enabled: true, base_timeframe: '1Day', params: { max_notional_per_trade: '5000' } }
    const list = [
      { id: 'classic', name: 'classic', strategy_type: 'legacy_macd_rsi', version: '1.0.0', ...common },
      { id: 'momentum', name: 'momentum', strategy_type: 'intraday_tsmom', version: '1.1.0', ...common },
    ]
    writeFileSync(strategies, JSON.stringify(list))
    await operator.json(['strategies', 'apply', strategies])
    expect(await stage.stores.catalog.currentHash()).not.toBeNull()
  })

  it('is examined by doctor, which finds nobody who is told of alarms', async () => {
    const { stdout } = await operator.run(['doctor'])
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly check: string }[] }
    expect(findings.filter(({ check }) => check === 'alarms')).toMatchObject([
      { level: 'warn', message: 'nobody is told of alarms: the topic has no subscription' },
    ])
    expect(findings.filter(({ check }) => check === 'schedule')).toMatchObject([{ level: 'ok' }])
  })

  it('refuses an account that another label has, and a value that is not allowed', async () => {
    const { keyId, secret } = keyOf(PAPER)
    const key = { APCA_API_KEY_ID: keyId, APCA_API_SECRET_KEY: secret }
    expect(await operator.run(['accounts', 'put-credentials', BETA], key)).toMatchObject({ code: 4 })
    const typo = await operator.run(['flags', 'set', 'TRADING_ENABLED', 'ture'])
    expect(typo.code).toBe(2)
    expect(typo.stderr).toContain('true')
  })
})

describe('the rollout', () => {
  it('stage 1: cycles run by the schedule, and everything is denied', async () => {
    // the schedule's first tick creates the lane, at the end of the log
    await eventually('a lane made by the schedule', 150, async () => stage.lane(PAPER))
    expect((await rollout()).stage.number).toBe(1)
    expect(await walkStage()).toBe(0)
    const decisions = (await operator.json(['decisions', '--account', PAPER])) as {
      readonly decision: { readonly reason: string | null } | null
    }[]
    expect(JSON.stringify(decisions)).toContain('kill_switch_on')
  })

  it('stage 2: the legacy rule trades the primary account', async () => {
    await set('TRADING_ENABLED', 'true')
    await operator.json(['kill', 'off', '--confirm', PAPER])
    expect((await rollout()).stage.number).toBe(2)
    // one decision per strategy and buy signal: the rule is evaluated for each enabled strategy
    expect(await walkStage()).toBe(2 * signals.buys)
  })

  it('applies trade updates of the order feed to executions', async () => {
    expect(await stage.fill()).toBeGreaterThan(0)
    await eventually('all executions filled', 60, async () => {
      const open = (await stage.executions(PAPER)).filter(({ state }) => state !== 'filled')
      return open.length === 0 ? true : null
    })
  })

  it('stage 3: the plugin runtime runs in shadow and trades nothing', async () => {
    await set('TRADING_STRATEGY_RUNTIME_MODE', 'scheduler_v3')
    expect((await rollout()).stage.number).toBe(3)
    expect(await walkStage()).toBe(2 * signals.buys)
    await eventually('a divergence in the log', 60, async () => {
      const records = await logRecords(logs, deployment.names.logGroup('lane'))
      return records.some((record) => 'strategy_shadow_divergence_total' in record) ? true : null
    })
  })

  it('stage 4: the plugin runtime decides', async () => {
    await set('TRADING_STRATEGY_SCHEDULER_ENABLED', 'true')
    expect((await rollout()).stage.number).toBe(4)
    // one aggregated decision per buy signal
    expect(await walkStage()).toBe(signals.buys)
  })

  it('stage 5: without fallback, for further accounts; one that fails costs the others no cycle', async () => {
    await set('TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY', 'false')
    await set('TRADING_MULTI_ACCOUNT_ENABLED', 'true')
    await set(FEATURE, `torghut:${ALPHA},torghut:${BETA}`)
    expect((await rollout()).stage.number).toBe(5)
    expect((await stage.tick()).cycles).toEqual([PAPER, ALPHA, BETA])
    await eventually('the lanes of the new accounts', 60, async () =>
      (await stage.lane(ALPHA)) !== null && (await stage.lane(BETA)) !== null ? true : null,
    )
    expect(await walk()).toBe(signals.buys)
    await stage.caughtUp(ALPHA)
    expect(stage.exchange.orders(ALPHA)).toHaveLength(signals.buys)
    // beta has no credentials: its cursor waits, with an error record and a metric
    const [lane, end] = await Promise.all([stage.lane(BETA), stage.stores.signals.end('ta')])
    expect(lane?.cursor).toBe(end - signals.signals)
    await eventually('a failure in the log', 60, async () => {
      const records = await logRecords(logs, deployment.names.logGroup('lane'))
      return records.some((record) => 'lane_cycle_failures_total' in record) ? true : null
    })
  })
})

describe('lanes at once', () => {
  it('run side by side: one that hangs for as long as it may costs the others no cycle', async () => {
    const single = await stage.runLanesAtOnce(2)
    // each of its orders is waited for until the client gives up, until the invocation has no time for another
    stage.exchange.failNext({
      on: 'POST /v2/orders',
      kind: 'timeout_before_accept',
      account: ALPHA,
      times: signals.buys,
    })
    await putCredentials(BETA)
    const before = await stage.caughtUp(ALPHA)
    await pushAndTick()
    await eventually('an order of the lane that hangs', 60, async () =>
      (await stage.executions(ALPHA)).some(({ state }) => state === 'submitting') ? true : null,
    )
    await stage.caughtUp(BETA)
    await pushAndTick()
    await stage.caughtUp(BETA)
    expect(stage.exchange.orders(BETA).length).toBeGreaterThanOrEqual(2 * signals.buys)
    // two cycles of the one while the other still hangs in its first
    expect((await stage.lane(ALPHA))?.cursor).toBe(before)
    // what the third one still has to do is none of the next test's
    await stage.caughtUp(PAPER)
    await single()
  })
})

describe('the kill switch', () => {
  it('stops a run under way within 5 seconds; open orders are cancelled by the next cycle', async () => {
    await set('TRADING_MULTI_ACCOUNT_ENABLED', 'false')
    await stage.fill()
    const latencySeconds = 3
    stage.exchange.server.latencyMs = latencySeconds * 1000
    const before = stage.exchange.orders(PAPER).length
    await pushAndTick()
    await eventually('the first order of the run', 150, async () =>
      stage.exchange.orders(PAPER).length > before ? true : null,
    )
    await operator.json(['kill', 'on'])
    const atKill = stage.exchange.orders(PAPER).length
    await stage.caughtUp(PAPER)
    stage.exchange.server.latencyMs = 0
    const sent = stage.exchange.orders(PAPER).slice(before)
    expect(sent.length).toBeLessThan(signals.buys)
    // one was under way, and each that begins in these seconds is answered before the next one begins
    const late = before + sent.length - atKill
    expect(late).toBeLessThanOrEqual(1 + Math.ceil(KILL_SECONDS / latencySeconds))
    // what the machine adds between a verdict and its POST is nobody's; the verdict's own age is told by its record
    const executions = await stage.executions(PAPER)
    const ids = new Set(sent.map(({ client_order_id: id }) => id))
    const permitted = executions.filter(({ clientOrderId }) => ids.has(clientOrderId))
    expect(permitted).toHaveLength(sent.length)
    const ages = permitted.map(({ permission }) => permission?.killSwitchAgeSeconds ?? Infinity)
    expect(Math.max(...ages)).toBeLessThanOrEqual(KILL_SECONDS)
    expect(new Set(permitted.map(({ permission }) => permission?.killSwitchVersion)).size).toBe(1)
    const stopped = executions.filter(({ deniedReason }) => deniedReason === 'kill_switch_on')
    expect(stopped.length).toBe(signals.buys - sent.length)

    await stage.tick()
    await eventually('no open order at the exchange', 120, async () =>
      stage.exchange.orders(PAPER).every(({ status }) => status === 'filled' || status === 'canceled')
        ? true
        : null,
    )
  })

  it('lets the cursor go on', async () => {
    expect(await walk()).toBe(0)
  })
})

describe('a lane whose process is killed in mid-cycle', () => {
  it('is finished by the next tick as it was planned, and nothing is sent twice', async () => {
    const { group } = emulator
    if (group === null)
      throw new Error('the processes of an emulator that was running already are not ours to kill')
    await operator.json(['kill', 'off', '--confirm', PAPER])
    await stage.quiet()
    const before = stage.exchange.orders(PAPER).length
    stage.exchange.server.latencyMs = 1500
    await pushAndTick()
    await eventually('the first order of the run', 150, async () =>
      stage.exchange.orders(PAPER).length > before ? true : null,
    )
    expect(killFunction(deployment.names.function('lane'), group)).toBeGreaterThan(0)
    stage.exchange.server.latencyMs = 0
    // its message comes back, or the next tick goes on from the sealed plan
    await stage.tick()
    await eventually('the cycle that was interrupted', 240, async () => {
      const [lane, end] = await Promise.all([stage.lane(PAPER), stage.stores.signals.end('ta')])
      return lane?.cursor === end && lane.unsettled.length === 0 ? true : null
    })
    const sent = stage.exchange.orders(PAPER).slice(before)
    expect(new Set(sent.map(({ client_order_id: id }) => id)).size).toBe(sent.length)
    expect(sent).toHaveLength(signals.buys)
    await operator.json(['kill', 'on'])
  })
})

describe('incidents', () => {
  walkIncidents(() => ({ emulator, deployment, operator, stage, account: PAPER, pushAndTick }))
})

describe('an idle cycle', () => {
  walkIdleCycle(() => ({ emulator, deployment, operator, stage, account: PAPER, parameters }))
})

describe('afterwards', () => {
  it('has ticked by its own schedule, minute after minute', async () => {
    const ticks = await eventually('two ticks of the schedule, a minute apart', 150, async () => {
      const minutes = (await logRecords(logs, deployment.names.logGroup('dispatch'))).flatMap((record) =>
        record['message'] === 'tick dispatched' ? [instant(String(record['tick_at'])) / 60_000] : [],
      )
      return minutes.some((minute) => minutes.includes(minute + 1)) ? minutes : null
    })
    expect(ticks.filter((minute) => !Number.isInteger(minute))).toEqual([])
  })

  it('keeps every flag over a redeploy that changes the stack', async () => {
    const before = await parameters()
    await deployment.deploy({ logLevel: 'DEBUG', schedule: 'rate(5 minutes)' })
    expect(await parameters()).toEqual(before)
  })

  it('has written no secret into any log', async () => {
    for (const name of ['dispatch', 'lane', 'ingest', 'order-feed'] as const) {
      const records = await logRecords(logs, deployment.names.logGroup(name))
      expect(JSON.stringify(records)).not.toContain('secret-of-')
    }
  })

  it('goes with cdk destroy', async () => {
    await deployment.destroy()
    const cloudFormation = new CloudFormationClient(emulator.client)
    const status = await cloudFormation
      .send(new DescribeStacksCommand({ StackName: deployment.names.stack }))
      .then(({ Stacks }) => Stacks?.[0]?.StackStatus ?? 'absent')
      .catch(() => 'absent')
    expect(status).toMatch(/absent|DELETE_COMPLETE/)
  })

  it('is deployed again as if it had never been there', async () => {
    await deployment.deployAgain()
    // what operators wrote is theirs, and stayed; what the stack made is new
    expect((await parameters())[deployment.names.killSwitchParameter]).toBe('true')
    expect(await stage.stores.catalog.currentHash()).toBeNull()
    expect(await stage.tick()).toMatchObject({ cycles: [], nothingToRun: true })
    await operator.json(['strategies', 'apply', join(folder, 'strategies.yaml')])
    expect(await stage.tick()).toMatchObject({ cycles: [PAPER] })
    await eventually('a lane of the new stage', 60, async () => stage.lane(PAPER))
    await deployment.destroy()
  })
})
