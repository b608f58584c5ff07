/** `torghut decisions` of an order that the broker refused, in its own words, where an operator looks for them first; and of nothing. */
import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { HandClock } from '../support/hand-clock.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'

it('says that nothing is stored, rather than that nothing of it is asked for', async () => {
  const { deployment } = fakeStage()
  const { code, stdout, stderr } = await runInside(['decisions', '--stage', 'dev'], {
    folder: tmpdir(),
    deployment,
  })
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toBe('No outcome is stored of that time: --since 7d looks further back.\n')
})

it("says in the broker's own words why an order was rejected", async () => {
  const clock = new HandClock(asEpochMs(0))
  const stores = memoryStores(clock, null)
  const lane = new LaneFixture(() => stores)
  clock.set(lane.clock.now())
  await lane.signal()
  lane.failNextOrder('403')
  await lane.tick()

  const fake = fakeStage()
  fake.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([{ label: LABEL }])
  const deployment = { ...fake.deployment, stores }
  const show = (...words: readonly string[]) =>
    runInside(['decisions', '--account', LABEL, '--since', '9999d', '--stage', 'dev', ...words], {
      folder: tmpdir(),
      deployment,
    })
  const { code, stdout } = await show()
  expect(code).toBe(0)
  expect(stdout).toMatch(/buy 10 at \S+ +rejected: forbidden\. /)
  expect(jsonLines((await show('--json')).stdout)).toMatchObject([
    { decision: { order: { state: 'rejected', rejection: '{"code":40310000,"message":"forbidden."}' } } },
  ])
})
