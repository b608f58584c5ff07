/** What `torghut doctor` says of the alarm topic: an alarm that reaches nobody is a finding. */
import { describe, expect, it } from 'vitest'
import { doctorChecks } from '../../lib/operations/doctor-checks.ts'
import { deployedRegistry } from '../../plugins/registry.ts'
import { fakeStage } from '../support/deployment-fixture.ts'

describe('doctor', () => {
  it.each([
    [{ confirmed: 2, pending: 0 }, 'ok', '2 confirmed to be told'],
    [{ confirmed: 0, pending: 0 }, 'warn', 'nobody is told of alarms: the topic has no subscription'],
    [{ confirmed: 0, pending: 1 }, 'warn', 'nobody is told of alarms: 1 subscription waits to be confirmed'],
    [{ confirmed: 1, pending: 2 }, 'warn', '2 subscriptions wait to be confirmed'],
    [null, 'fail', 'there is no topic torghut-dev-alarms'],
  ])('says whether anybody is told of alarms: %o', async (subscriptions, level, message) => {
    const stage = fakeStage()
    stage.subscriptions = subscriptions
    const checks = doctorChecks(stage.deployment, deployedRegistry())
    const found = await checks.find(({ name }) => name === 'alarms')?.run()
    expect(found).toMatchObject([{ level, message }])
  })
})
