/** The operator's verbs on a deployed stage, over real state stores in memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { StateError, UnavailableError } from '../../lib/domain/errors.ts'
import { instant } from '../../lib/domain/time.ts'
import { aCycleOf, aDecision, aLane, aSignal, anExecution } from '../support/state-samples.ts'
import { type FakeStage, NOW, fakeStage } from '../support/deployment-fixture.ts'
import { type CliResult, jsonLines, runInside } from '../support/run-cli.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'
const FALLBACK = 'TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY'
const PAPER = accountLabel('paper')

let folder = ''
let stage: FakeStage
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-'))
  stage = fakeStage()
})
afterEach(() => rm(folder, { recursive: true }))

const run = (words: string, extra: { stdin?: string; environment?: Record<string, string> } = {}) =>
  runInside(words.split(' '), {
    folder,
    deployment: stage.deployment,
    ...extra,
    environment: { TORGHUT_STAGE: 'dev', ...extra.environment },
  })
const json = (result: CliResult) => jsonLines(result.stdout)[0] as Record<string, unknown>
const write = (name: string, text: string) => writeFile(join(folder, name), text)

describe('which stage', () => {
  it('is the option, else the variable; without either it is the local runtime', async () => {
    expect(json(await run('kill on --stage prod --json'))['stage']).toBe('prod')
    expect(json(await run('kill on --json'))['stage']).toBe('dev')
    const local = await run('kill on', { environment: { TORGHUT_STAGE: '' } })
    expect([local.code, stage.flagCalls]).toEqual([0, [`write ${KILL}`, `write ${KILL}`]])
  })

  it('must be a stage, and must be named where there is no local runtime', async () => {
    const wrong = await run('status --stage Prod')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--stage: found "Prod"')])
    const none = await run('status', { environment: { TORGHUT_STAGE: '' } })
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--stage dev')])
  })
})

describe('kill switch and flags of a stage', () => {
  it('goes on with a single write, without reading anything', async () => {
    expect((await run('kill on')).code).toBe(0)
    expect(stage.flagCalls).toEqual([`write ${KILL}`])
  })

  it('says so when the stage had no switch: most likely another stage was meant', async () => {
    delete stage.flags[KILL]
    const { code, stderr } = await run('kill on')
    expect([code, stderr]).toEqual([1, expect.stringContaining('is dev the right stage')])
    expect(stage.flags[KILL]).toBe('true')
  })

  it('goes off with the label, and no other word', async () => {
    expect((await run('kill off')).code).toBe(4)
    expect((await run('kill off --confirm dev')).code).toBe(4)
    expect(stage.flags[KILL]).toBe('true')
    expect((await run('kill off --confirm paper')).code).toBe(0)
    expect(stage.flags[KILL]).toBe('false')
  })

  it("never takes the operator's own environment for the stage's", async () => {
    const environment = { TRADING_MODE: 'live', [KILL]: 'true' }
    const { stdout } = await run('flags list TRADING_MODE --json', { environment })
    expect(stdout).toContain('"value":"paper"')
    expect(json(await run('kill off --confirm paper --json', { environment }))['effective']).toBe('off')
  })

  it('warns on a skipped rollout stage, and plans without changing', async () => {
    Object.assign(stage.flags, { [KILL]: 'false', TRADING_ENABLED: 'true' })
    const plan = await run(`flags plan TRADING_STRATEGY_RUNTIME_MODE=plugin_v3 ${FALLBACK}=false`)
    expect(plan.stdout).toContain(`${FALLBACK}: not set -> false`)
    expect(plan.stderr).toMatch(/skips rollout stage 3[^]*skips rollout stage 4/)
    expect(stage.flags).toEqual({ [KILL]: 'false', TRADING_ENABLED: 'true' })
    expect((await run(`flags set ${FALLBACK} false`)).code).toBe(4)
  })
})

describe('strategies', () => {
  const file = (id: string, version = '1.0.0') =>
    `- {id: ${id}, name: ${id}, strategy_type: legacy_macd_rsi, version: '${version}', enabled: true, base_timeframe: 1Min}\n`

  const listed = async () => JSON.parse((await run('strategies list --json')).stdout) as unknown

  it('are listed as a file that `validate` and `apply` take', async () => {
    const more =
      "universe_symbols: [BRK.B, BTC/USD], legacy_fallback: true, params: {rsiBuy: 30, a: [1.5, null, '2']}"
    const full = file('c').replace('}', `, ${more}}`)
    await write('all.yaml', file('a') + full)
    await run('strategies apply all.yaml')
    const { stdout } = await run('strategies list --json')
    expect(JSON.parse(stdout)).toEqual([
      {
        id: 'a',
        name: 'a',
        strategy_type: 'legacy_macd_rsi',
        version: '1.0.0',
        enabled: true,
        base_timeframe: '1Min',
        universe_symbols: null,
        legacy_fallback: null,
        params: {},
      },
      expect.objectContaining({
        id: 'c',
        universe_symbols: ['BRK.B', 'BTC/USD'],
        legacy_fallback: true,
        params: { rsiBuy: 30, a: [1.5, null, '2'] },
      }),
    ])
    await write('listed.json', stdout)
    expect(json(await run('strategies validate listed.json --json'))).toMatchObject({ valid: true })
    // to the stage that it came from: nothing changes; to an empty one: the same catalog
    const again = await run('strategies apply listed.json --sync --json')
    expect(json(again)).toMatchObject({
      applied: false,
      changes: [
        { id: 'a', kind: 'unchanged' },
        { id: 'c', kind: 'unchanged' },
      ],
    })
    const revision = json(again)['revision']
    stage = fakeStage()
    expect(json(await run('strategies apply listed.json --json'))).toMatchObject({ applied: true, revision })
    expect((await run('strategies list --json')).stdout).toBe(stdout)
  })

  it('changed are told field by field, as a file calls them', async () => {
    await write('a.yaml', file('a'))
    await run('strategies apply a.yaml')
    await write('b.yaml', file('a').replace('1Min', '5Min'))
    expect(json(await run('strategies apply b.yaml --dry-run --json'))['changes']).toEqual([
      { id: 'a', kind: 'changed', fields: [{ field: 'base_timeframe', before: '1Min', after: '5Min' }] },
    ])
  })

  it('are merged by id, or made equal to the file', async () => {
    await write('a.yaml', file('a'))
    await write('b.yaml', file('b'))
    expect((await run('strategies apply a.yaml')).stdout).toBe('+ a (added)\n')
    expect((await run('strategies apply b.yaml')).stdout).toBe('  a (unchanged)\n+ b (added)\n')
    const again = await run('strategies apply b.yaml')
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('like that already')])
    const dry = await run('strategies apply b.yaml --sync --dry-run')
    expect([dry.stdout, dry.stderr]).toEqual([
      expect.stringContaining('- a (removed)'),
      expect.stringContaining('warning: This removes running strategies from stage dev: a.'),
    ])
    expect(await listed()).toHaveLength(2)
    const running = await run('strategies apply b.yaml --sync')
    expect([running.code, running.stderr]).toEqual([4, expect.stringContaining('removes running strategies')])
    expect(await listed()).toHaveLength(2)
    await run('strategies apply b.yaml --sync --confirm paper')
    expect(await listed()).toMatchObject([{ id: 'b' }])
  })

  it('with an unknown plugin or version are refused, and nothing is applied', async () => {
    await write('a.yaml', file('a') + file('b', '9.9.9'))
    const { code, stderr } = await run('strategies apply a.yaml')
    expect([code, stderr]).toEqual([2, expect.stringContaining('strategy b version: found "9.9.9"')])
    expect(await listed()).toEqual([])
  })
})

describe('credentials', () => {
  const put = 'accounts put-credentials'

  it('are stored once the broker has accepted them, and never shown', async () => {
    const result = await run(`${put} paper`, { stdin: 'KEY-1\nS3CRET\n' })
    expect(result.code).toBe(0)
    expect(stage.credentials.get(PAPER)).toBe('KEY-1')
    expect(result.stdout + result.stderr).not.toMatch(/KEY-1|S3CRET/)
    expect((await run('accounts list')).stdout).toMatch(/paper .*stored/)
  })

  it('of a broker account that another label has are refused', async () => {
    stage.flags['TRADING_ACCOUNTS_JSON'] = '[{"label":"paper"},{"label":"second"}]'
    await run(`${put} paper`, { stdin: '{"key_id":"KEY-1","secret_key":"S"}' })
    const { code, stderr } = await run(`${put} second`, { stdin: 'KEY-1 S' })
    expect([code, stderr]).toEqual([4, expect.stringContaining('the label paper')])
    expect(stage.credentials.size).toBe(1)
  })

  it.each([
    ['paper', 'KEY-2 S', 'status 401'],
    ['papr', 'KEY-1 S', 'did you mean paper?'],
    ['paper', 'KEY-1', 'two lines'],
    ['paper', '', 'APCA_API_KEY_ID'],
  ])('of %s as %j are a clear message', async (label, stdin, message) => {
    const { code, stderr } = await run(`${put} ${label}`, { stdin })
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
    expect(stage.credentials.size).toBe(0)
  })
})

describe('signals push', () => {
  const line = (seq: number) =>
    `{"event_ts":"2010-05-03T20:0${seq}:00Z","symbol":"AAPL","timeframe":"1Min","seq":${seq},"source":"ta","payload":{"price":1}}\n`

  it('sends batches of the source, shifted so that the file ends now', async () => {
    await write('s.jsonl', line(1) + line(2) + line(3))
    expect(json(await run('signals push s.jsonl --now --json'))).toMatchObject({ signals: 3, messages: 1 })
    const [message] = stage.sent
    const sent = JSON.parse(message?.body ?? '[]') as { event_ts: string }[]
    expect(message?.groupId).toBe('ta')
    expect(sent.map((signal) => instant(signal.event_ts) - NOW)).toEqual([-120_000, -60_000, 0])
  })

  it('sends nothing of a file with a bad line', async () => {
    await write('s.jsonl', `${line(1)}{"event_ts": 1}\n`)
    expect((await run('signals push s.jsonl')).code).toBe(2)
    expect(stage.sent).toEqual([])
  })

  it('stops at the first refusal', async () => {
    await write('s.jsonl', line(1))
    await run('signals push s.jsonl')
    stage.refused.add(stage.sent[0]?.deduplicationId ?? '')
    expect((await run('signals push s.jsonl')).code).toBe(3)
  })
})

describe('dead letters', () => {
  const letter = (n: number) => ({
    messageId: `m-${n}`,
    groupId: 'paper',
    deduplicationId: `tick-${n}`,
    sentAt: NOW,
    receiveCount: 3,
    body: `body ${n}`,
    receipt: `r-${n}`,
  })

  it('are listed, and moved back in order with new deduplication ids', async () => {
    stage.deadLetters.push(...Array.from({ length: 12 }, (_, index) => letter(index)))
    expect((await run('dlq list --queue lane --json')).stdout).toContain('"count":12')
    expect((await run('dlq redrive --queue lane')).stdout).toBe('lane: 12 moved back\n')
    expect(stage.sent.map(({ body }) => body)).toEqual(Array.from({ length: 12 }, (_, n) => `body ${n}`))
    expect(stage.sent[0]).toMatchObject({ groupId: 'paper', deduplicationId: 'redrive-m-0' })
    expect(stage.deadLetters).toEqual([])
  })

  it('stay where the queue does not take them', async () => {
    stage.deadLetters.push(letter(0), letter(1))
    stage.refused.add('redrive-m-1')
    expect((await run('dlq redrive --queue lane')).code).toBe(1)
    expect(stage.deadLetters.map(({ messageId }) => messageId)).toEqual(['m-1'])
  })
})

describe('doctor', () => {
  it('fails on a new stage and says what to do, and is content with one that trades', async () => {
    const fresh = await run('doctor')
    expect(fresh.code).toBe(1)
    expect(fresh.stdout).toMatch(/fail strategies: .*\n +Apply some: torghut strategies apply/)
    await write(
      'a.yaml',
      '- {id: a, name: a, strategy_type: legacy_macd_rsi, version: "1.0.0", enabled: true, base_timeframe: 1Min}',
    )
    await run('strategies apply a.yaml')
    await run('accounts put-credentials paper', { stdin: 'KEY-1 S' })
    await run('kill off --confirm paper')
    await stage.deployment.stores.lanes.createLane(aLane({ accountLabel: PAPER }))
    const { code, stdout } = await run('doctor')
    expect([code, stdout]).toEqual([0, expect.stringContaining('0 failed')])
  })

  it('reports every bad flag, a bad registry and a newer schema, and goes on', async () => {
    Object.assign(stage.flags, { TRADING_ENABLED: 'ture', TRADING_MODE: 'papr' })
    const flags = await run('doctor')
    expect(flags.stdout).toMatch(/fail flags: [^]*did you mean true[^]*did you mean paper/)
    expect(flags.stdout).toContain('ok   queues')
    stage = fakeStage()
    stage.deployment.stores.lanes.readLane = async () => {
      throw new StateError('lane has schema 2, this code knows 1')
    }
    expect((await run('doctor')).stdout).toContain('fail state schema: lane has schema 2')
  })

  it('stops at once when nobody answers', async () => {
    stage.deployment.infrastructure.identity = async () => {
      throw new UnavailableError('asking whose credentials these are failed: ECONNREFUSED')
    }
    const { code, stdout, stderr } = await run('doctor', {
      environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    })
    expect([code, stdout, stderr]).toEqual([3, '', expect.stringContaining('http://127.0.0.1:9')])
  })

  it('fails without a stack, or with a halted lane', async () => {
    stage.stack = null
    expect((await run('doctor')).stdout).toContain('npx cdk deploy -c stage=dev')
    stage.stack = 'CREATE_COMPLETE'
    await stage.deployment.stores.lanes.createLane(aLane({ accountLabel: PAPER, halted: 'fields differ' }))
    expect((await run('doctor')).stdout).toContain('halted: fields differ')
  })
})

describe('status', () => {
  it('shows lag, circuits, orders and the kill switch', async () => {
    const { stores } = stage.deployment
    for (const seq of [1, 2, 3]) await stores.signals.append(aSignal(seq))
    const circuits = { trend: { consecutiveErrors: 0, openUntil: NOW } }
    await stores.lanes.createLane(aLane({ accountLabel: PAPER, version: 7, cursor: 1, circuits }))
    await stores.executions.createExecution(anExecution({ state: 'unknown' }, aDecision(1, PAPER)))
    expect(json(await run('status --json'))).toMatchObject({
      kill_switch: 'on',
      lanes: [
        {
          account: 'paper',
          version: 7,
          cursor: 1,
          lag: 2,
          open_circuits: ['trend'],
          unsettled: [{ state: 'unknown' }],
        },
      ],
    })
    expect((await run('status')).stdout).toContain('unknown')
  })
})

describe('rollout status', () => {
  it('counts what was seen since the stage began, and names the way on and back', async () => {
    const trading = { TRADING_ENABLED: 'true', [KILL]: 'false' }
    Object.assign(stage.flags, trading, { TRADING_STRATEGY_RUNTIME_MODE: 'scheduler_v3' })
    const { lanes } = stage.deployment.stores
    const cycle = aCycleOf(PAPER)
    for (const [version, mode] of ['scheduler_v3', 'legacy', 'scheduler_v3', 'scheduler_v3'].entries()) {
      const settings = { ...trading, TRADING_STRATEGY_RUNTIME_MODE: mode }
      const observations = [{ metric: 'strategy_shadow_divergence_total' as const, count: 2, properties: {} }]
      await lanes.sealCycle({
        ...cycle,
        version,
        inputs: { ...cycle.inputs, settings, killSwitchOn: false },
        plan: { ...cycle.plan, observations },
      })
    }
    expect(json(await run('rollout status --json'))).toMatchObject({
      stage: { number: 3, name: 'shadow' },
      figures: { cycles: 2, shadow_divergences: 4, errors: 0 },
      ready: false,
      next: {
        number: 4,
        commands: ['torghut flags set TRADING_STRATEGY_SCHEDULER_ENABLED true --stage dev'],
      },
      rollback: ['torghut flags set TRADING_STRATEGY_RUNTIME_MODE legacy --stage dev'],
    })
    expect((await run('rollout status')).stdout).toContain('not yet at least 390 cycles')
  })
})

describe('decisions, ticks, logs and halted lanes', () => {
  it('says why something was or was not traded', async () => {
    const cycle = aCycleOf(PAPER)
    await stage.deployment.stores.lanes.sealCycle(cycle)
    const since = '--since 2000-01-01T00:00:00Z'
    const rows = jsonLines((await run(`decisions ${since} --json`)).stdout)
    expect(rows.length).toBeGreaterThan(0)
    expect((await run('decisions --since 1s --json')).stdout).toBe('')
    expect((await run('decisions --account papr')).stderr).toContain('did you mean paper?')
  })

  it('ticks with the time of now', async () => {
    const { code, stdout } = await run('tick')
    expect([code, stdout]).toEqual([0, expect.stringContaining('cycles: paper')])
    expect(stage.dispatchedAt).toEqual([NOW])
  })

  it("shows records and crashes, not the platform's own lines", async () => {
    const line = (id: string, text: string) => ({ id, at: NOW, function: 'lane' as const, text })
    stage.logLines.push(
      line('1', 'START RequestId: x'),
      line('2', '{"level":"WARN","message":"held","account":"paper"}'),
    )
    stage.logLines.push(line('3', 'Error: out of memory'))
    expect((await run('logs')).stdout.trim().split('\n')).toEqual([
      expect.stringContaining('lane WARN held account=paper'),
      expect.stringContaining('lane Error: out of memory'),
    ])
    expect((await run('logs --account other')).stdout).toBe('')
  })

  it('lets a halted lane go on, with its label', async () => {
    await stage.deployment.stores.lanes.createLane(aLane({ accountLabel: PAPER, halted: 'fields differ' }))
    expect((await run('lane resume paper')).code).toBe(4)
    expect((await run('lane resume paper --confirm paper')).code).toBe(0)
    expect((await run('lane resume paper --confirm paper')).code).toBe(1)
  })
})
