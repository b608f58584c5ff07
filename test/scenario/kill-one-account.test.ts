/** `torghut kill on --account`: one account is stopped, and a label that is nobody's is never taken for one. */
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { statePaths, writeRunRecord } from '../../lib/local/state-folder.ts'
import { type FakeStage, fakeStage } from '../support/deployment-fixture.ts'
import { runInside } from '../support/run-cli.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'

let folder = ''
let stage: FakeStage
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kill-'))
  stage = fakeStage()
})
afterEach(() => rm(folder, { recursive: true }))

const run = (words: string, environment: Record<string, string> = { TORGHUT_STAGE: 'dev' }) =>
  runInside(words.split(' '), { folder, deployment: stage.deployment, environment })

describe('the kill switch of one account', () => {
  it('goes on for one account, and says when that one is nobody: a slip of the pen stops none', async () => {
    stage.flags['TRADING_ACCOUNTS_JSON'] = '[{"label":"paper"},{"label":"second"}]'
    const right = await run('kill on --account second')
    expect([right.code, right.stderr]).toEqual([0, expect.not.stringContaining('warning')])
    const wrong = await run('kill on --account secnd')
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining('no account secnd - did you mean second?'),
    ])
    expect(stage.flags[`accounts/secnd/${KILL}`]).toBe('true')
  })

  it('goes on for one account of a local run, and says when that one is nobody', async () => {
    const local = {}
    expect((await run('kill on --account anybody', local)).code).toBe(0)
    const accounts = [accountLabel('balanced')]
    const paths = statePaths(folder)
    mkdirSync(paths.folder, { recursive: true })
    writeRunRecord(paths, { fingerprint: {}, accounts, source: 'ta', pluginModule: null, finished: false })
    expect((await run('kill on --account balanced', local)).code).toBe(0)
    const { code, stderr } = await run('kill on --account balancd', local)
    expect([code, stderr]).toEqual([1, expect.stringContaining('did you mean balanced?')])
  })

  it('goes on for one account over flags that nobody can use', async () => {
    stage.flags['TRADING_ACCOUNTS_JSON'] = '[{'
    expect((await run('kill on --account secnd')).code).toBe(0)
    expect(stage.flags[`accounts/secnd/${KILL}`]).toBe('true')
  })
})
