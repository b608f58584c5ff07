/**
 * A lane whose broker misbehaves, over HTTP against `torghut exchange`: each fault once, then none. Whatever was answered,
 * the signal ends in one order at most, and no order is taken for refused on somebody else's word.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brokerOverHttp } from '../support/broker-over-http.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { limitsByHand } from '../support/limits-by-hand.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { SpawnedExchange, firstKey, ordersOf } from '../support/spawned-exchange.ts'

let folder: string
const exchange = new SpawnedExchange()

// what is answered is waited for, however late the exchange's process is
limitsByHand()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-broker-faults-'))
})
afterEach(() => {
  exchange.kill()
  rmSync(folder, { recursive: true })
})

async function laneWith(...faults: readonly string[]) {
  const words = ['--account', `${LABEL}:100000`, '--price', 'AAPL=100', '--always-open']
  const started = await exchange.start([...words, ...faults.flatMap((fault) => ['--fault', fault])], folder)
  const isSilent = faults.some((fault) => fault.includes('=timeout_'))
  const lane = new LaneFixture(
    (clock) => memoryStores(clock, null),
    (clock) => {
      const begun = clock.now()
      return {
        gateway: (_, requests) => ({
          connect: async () => {
            const key = firstKey(started)
            // the first tick meets the silence, and answers that are to be waited for
            const timeoutMs = isSilent && clock.now() === begun ? 5000 : undefined
            return brokerOverHttp(started.base_url, key, requests, timeoutMs)
          },
        }),
      }
    },
  )
  return { lane, started }
}

describe('a snapshot that cannot be had', () => {
  it.each([
    'GET /v2/orders=401',
    'GET /v2/account=403',
    'GET /v2/account=gateway_403',
    'GET /v2/account=500',
    'GET /v2/account=504_after_accept',
    'GET /v2/account=null_fields',
    'GET /v2/account=timeout_before_accept',
    'GET /v2/positions=null_rows',
    'GET /v2/positions=malformed_after_accept',
    'GET /v2/positions=disconnect_before_accept',
  ])('costs the tick, and nothing else: %s', async (fault) => {
    const { lane, started } = await laneWith(fault)
    await lane.signal()
    expect(await lane.deliver('cycle')).toMatchObject({ kind: 'cycle', run: { kind: 'retryable' } })
    expect(await ordersOf(started)).toEqual([])
    expect(await lane.executions()).toEqual([])
    lane.clock.pass(60)
    expect(await lane.deliver('cycle')).toMatchObject({ kind: 'cycle', run: { kind: 'done', signals: 1 } })
    expect(await ordersOf(started)).toHaveLength(1)
  })
})

describe('an order whose answer is', () => {
  it.each([
    ['401', 'unauthorized'],
    ['403', 'forbidden'],
  ])('the broker’s own %s is rejected, and never sent again', async (fault) => {
    const { lane, started } = await laneWith(`POST /v2/orders=${fault}`)
    await lane.signal()
    for (let minute = 0; minute < 4; minute += 1) {
      await lane.deliver('cycle')
      lane.clock.pass(60)
    }
    expect(await lane.executions()).toMatchObject([{ state: 'rejected' }])
    expect(lane.telemetry.total('orders_rejected_total')).toBe(1)
    expect(await ordersOf(started)).toEqual([])
  })

  it.each([
    'gateway_403',
    'gateway_404',
    '500',
    '503',
    '429',
    'timeout_before_accept',
    'disconnect_before_accept',
    // taken all the same
    '504_after_accept',
    '500_after_accept',
    'timeout_after_accept',
    'disconnect_after_accept',
    'malformed_after_accept',
    'empty_after_accept',
  ])('%s ends as one filled order within four ticks', async (fault) => {
    const { lane, started } = await laneWith(`POST /v2/orders=${fault}`)
    await lane.signal()
    await lane.deliver('cycle')
    const [first] = await lane.executions()
    expect(['unknown', 'submitting']).toContain(first?.state)
    for (let minute = 0; minute < 4; minute += 1) {
      lane.clock.pass(60)
      await lane.deliver('cycle')
    }
    // settled as accepted, since the answer to a POST shows the order before it fills
    await lane.deliver('reconcile')
    expect(await lane.executions()).toMatchObject([{ state: 'filled' }])
    expect(await ordersOf(started)).toMatchObject([
      { client_order_id: first?.clientOrderId, status: 'filled' },
    ])
    expect(lane.telemetry.total('orders_rejected_total')).toBe(0)
  })
})
