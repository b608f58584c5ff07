/**
 * What an operator is told before a change, and asked for: the rollout stage that will apply, figures that were not met,
 * stages skipped, accounts removed with open work.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { type FakeStage, fakeStage } from '../support/deployment-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { aCycleOf, aDecision, anExecution } from '../support/state-samples.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'
const MODE = 'TRADING_STRATEGY_RUNTIME_MODE'
const SCHEDULER = 'TRADING_STRATEGY_SCHEDULER_ENABLED'
const FALLBACK = 'TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY'
const ACCOUNTS = 'TRADING_ACCOUNTS_JSON'
const SECOND = accountLabel('second')
const TRADING = { TRADING_ENABLED: 'true', [KILL]: 'false' }
const FULL = { TRADING_ENABLED: 'true', [MODE]: 'plugin_v3', [FALLBACK]: 'false' }

let stage: FakeStage
beforeEach(() => {
  stage = fakeStage()
})

const run = (...words: string[]) =>
  runInside([...words, '--stage', 'dev'], { folder: '.', deployment: stage.deployment, environment: {} })
const json = (text: string) => jsonLines(text)[0]

describe('the stage that will apply', () => {
  it('is named by `kill off`, before and after', async () => {
    Object.assign(stage.flags, FULL)
    const asked = await run('kill', 'off')
    expect([asked.code, asked.stderr]).toEqual([
      4,
      expect.stringContaining('Stage 5 of 5 (full) applies then'),
    ])
    const done = await run('kill', 'off', '--confirm', 'paper', '--json')
    expect(json(done.stdout)).toMatchObject({ rollout_stage: { number: 5, name: 'full' } })
  })

  it('is the first one as long as something else keeps orders back', async () => {
    stage.flags[MODE] = 'plugin_v3'
    expect((await run('kill', 'off')).stderr).toContain('Stage 1 of 5 (off) applies then')
  })

  it('cannot be told when the flags are bad, and that keeps nobody from switching off', async () => {
    stage.flags['TRADING_ENABLED'] = 'ture'
    const { code, stderr } = await run('kill', 'off', '--confirm', 'paper')
    expect([code, stderr]).toEqual([0, expect.stringContaining('the flags are bad')])
  })

  it('is what `rollout status` proposes after a stop, with what that skips', async () => {
    Object.assign(stage.flags, FULL)
    expect(json((await run('rollout', 'status', '--json')).stdout)).toMatchObject({
      stage: { number: 1 },
      next: {
        number: 5,
        commands: ['torghut kill off --stage dev --confirm paper'],
        skipped: [2, 3, 4],
      },
    })
    const { stdout } = await run('rollout', 'status')
    expect(stdout).toMatch(/next: stage 5, full[^]*skips stage 2 \(legacy\), 3 \(shadow\), 4 \(runtime\)/)
  })
})

describe('a change that something speaks against', () => {
  const inShadow = { ...TRADING, [MODE]: 'scheduler_v3' }

  async function soak(cycles: number): Promise<void> {
    const cycle = aCycleOf(accountLabel('paper'))
    const inputs = { ...cycle.inputs, settings: inShadow, killSwitchOn: false }
    for (let version = 0; version < cycles; version += 1) {
      await stage.deployment.stores.lanes.sealCycle({ ...cycle, version, inputs })
    }
  }

  it('is warned of in a plan and confirmed in `set`: soak figures that were not met', async () => {
    Object.assign(stage.flags, inShadow)
    await soak(2)
    const words = 'stage 3 (shadow) wants at least 390 cycles with signals first, and has seen 2'
    expect((await run('flags', 'plan', `${SCHEDULER}=true`)).stderr).toContain(`warning: ${words}`)
    const set = await run('flags', 'set', SCHEDULER, 'true')
    expect([set.code, set.stderr]).toEqual([4, expect.stringContaining(words)])
    expect(stage.flags[SCHEDULER]).toBeUndefined()
    expect((await run('flags', 'set', SCHEDULER, 'true', '--confirm', 'dev')).code).toBe(4)
    expect((await run('flags', 'set', SCHEDULER, 'true', '--confirm', 'paper')).code).toBe(0)
  })

  it('asks nothing once they are met, nor on the way back', async () => {
    Object.assign(stage.flags, inShadow)
    await soak(390)
    expect((await run('flags', 'set', SCHEDULER, 'true')).code).toBe(0)
    expect((await run('flags', 'set', SCHEDULER, 'false')).code).toBe(0)
  })

  it('is a skipped stage', async () => {
    Object.assign(stage.flags, TRADING)
    const { code, stderr } = await run('flags', 'set', MODE, 'plugin_v3')
    expect([code, stderr]).toEqual([4, expect.stringContaining('skips rollout stage 3 (shadow)')])
  })

  it('is an account that goes while it has open work', async () => {
    stage.flags[ACCOUNTS] = '[{"label":"paper"},{"label":"second"}]'
    const one = '[{"label":"paper"}]'
    expect((await run('flags', 'plan', `${ACCOUNTS}=${one}`)).stderr).not.toContain('warning')
    const { executions } = stage.deployment.stores
    await executions.createExecution(anExecution({ state: 'accepted' }, aDecision(1, SECOND)))
    const words = 'removes the account second with 1 open order'
    expect((await run('flags', 'plan', `${ACCOUNTS}=${one}`)).stderr).toContain(`warning: ${words}`)
    const set = await run('flags', 'set', ACCOUNTS, one)
    expect([set.code, set.stderr]).toEqual([4, expect.stringContaining(words)])
    expect((await run('flags', 'set', ACCOUNTS, one, '--confirm', 'paper')).code).toBe(0)
  })
})
