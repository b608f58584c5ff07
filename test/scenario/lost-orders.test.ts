/**
 * What a restore of the tables has lost (docs/operations.md#restoring-the-tables): orders of ours at the broker that no
 * execution stands for. The simulation restores tables and reads the same list; here it is printed.
 */
import { expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { InProcessBroker } from '../../lib/exchange/in-process.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { TARGET } from '../support/state-samples.ts'

function laneAtBroker() {
  const lane = new LaneFixture((clock) => memoryStores(clock, null))
  const stage = fakeStage()
  stage.credentials.set(LABEL, 'KEY-1')
  stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([{ label: LABEL, base_url: TARGET.baseUrl }])
  const deployment: Deployment = {
    ...stage.deployment,
    stores: lane.stores,
    clock: lane.clock,
    openBroker: async (target) => new InProcessBroker(lane.exchange, LABEL, target),
  }
  const run = (words: string) =>
    runInside(`${words} --stage dev`.split(' '), { folder: '.', deployment, environment: {} })
  const place = (client_order_id: string) =>
    lane.exchange.placeOrder(LABEL, {
      symbol: 'AAPL',
      qty: '3',
      side: 'buy',
      type: 'market',
      time_in_force: 'day',
      client_order_id,
    })
  return { lane, run, place }
}

it("names orders of ours that no execution stands for, open and ended ones, and nobody else's", async () => {
  const { lane, run, place } = laneAtBroker()
  await lane.signal()
  await lane.tick()
  const kept = await run(`lane lost ${LABEL} --since 1h`)
  expect([kept.code, kept.stdout]).toEqual([0, `Every order of ${LABEL} has its execution.\n`])

  place('tg-open')
  place('somebody-elses')
  place('tg-ended')
  const ended = lane.exchange.account(LABEL).ordersByClientOrderId.get('tg-ended')
  if (ended !== undefined) lane.exchange.fill(ended)
  const lost = await run(`lane lost ${LABEL} --since 1h --json`)
  expect([lost.code, lost.stderr]).toEqual([1, ''])
  expect(jsonLines(lost.stdout)).toMatchObject([
    { client_order_id: 'tg-ended', status: 'filled', quantity: '3', filled_quantity: '3', state: null },
    { client_order_id: 'tg-open', status: 'open', state: null },
  ])
  expect((await run(`lane lost ${LABEL} --since 1h`)).stdout).toContain('buy 3 AAPL day: filled, filled 3')
  expect((await run('lane lost nobody --since 1h')).code).toBe(2)
})

it('names nothing under the id of an execution that is still to be settled, whoever sent it, nor of a disowned one', async () => {
  const { lane, run, place } = laneAtBroker()
  const all = { code: 0, stdout: `Every order of ${LABEL} has its execution.\n` }
  // ours is there, and its answer was not heard
  lane.failNextOrder('disconnect_after_accept')
  await lane.signal()
  await lane.tick()
  expect(await lane.executions()).toMatchObject([{ alpacaOrderId: null }])
  expect(lane.exchange.orders(LABEL)).toHaveLength(1)
  expect(await run(`lane lost ${LABEL} --since 1h`)).toMatchObject(all)
  lane.clock.pass(60)
  await lane.tick()
  expect(await lane.executions()).toMatchObject([{ state: 'accepted' }])

  // ours is not there, and somebody else's is: the lane halts over it, and a restore has lost nothing
  lane.failNextOrder('disconnect_before_accept')
  await lane.signal()
  await lane.tick()
  const unsettled = (await lane.executions()).find(({ alpacaOrderId }) => alpacaOrderId === null)
  place(unsettled?.clientOrderId ?? '')
  lane.clock.pass(120)
  expect(await lane.tick()).toMatchObject({ kind: 'halted' })
  expect(await run(`lane lost ${LABEL} --since 1h`)).toMatchObject(all)
  expect(await run(`lane resume ${LABEL} --disown --confirm ${LABEL}`)).toMatchObject({ code: 0 })
  expect(await run(`lane lost ${LABEL} --since 1h`)).toMatchObject(all)
})
