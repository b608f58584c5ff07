/**
 * What a forwarder makes up for (docs/forwarder.md): every order once, however many others the broker does not know, again
 * after the next loss, and with no more requests than lanes can spare. Over a broker that counts.
 */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { BrokerRefusedError } from '../../lib/domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import { forwardUpdates, type ForwardDeps } from '../../lib/operations/forward-updates.ts'
import type { Broker, BrokerOrder } from '../../lib/ports/broker.ts'
import type { TradeUpdateListener } from '../../lib/ports/trade-update-streams.ts'
import { MemoryForwarderLease } from '../support/memory-forwarder-lease.ts'
import { ALPHA, ALPHA_KEY, HandClock } from '../support/paper-exchange-fixture.ts'
import { aDecision, anExecution } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const ACCOUNT = {
  label: ALPHA,
  enabled: true,
  target: { mode: 'paper', baseUrl: 'http://127.0.0.1' },
  strategies: null,
} as const

const anOrder = (id: string, status: string): BrokerOrder =>
  ({
    alpacaOrderId: asAlpacaOrderId(`o-${id}`),
    clientOrderId: asClientOrderId(id),
    symbol: 'AAPL',
    side: 'buy',
    quantity: decimal('1'),
    filledQuantity: decimal(status === 'filled' ? '1' : '0'),
    averageFillPrice: status === 'filled' ? decimal('10') : null,
    status,
    updatedAt: null,
  }) as unknown as BrokerOrder

/** A forwarder whose state has these executions open; seconds pass only when the test says so. */
function forward(open: readonly string[]) {
  const clock = new HandClock('2026-02-10T15:00:00Z')
  const held = new Map<string, BrokerOrder>()
  const requests: string[] = []
  let listener: TradeUpdateListener | null = null
  let status = 200
  let wake = (): void => {}
  const published: string[] = []
  const broker: Pick<Broker, 'openOrders' | 'finalOrders' | 'findByClientOrderId'> = {
    openOrders: async () => {
      requests.push('open')
      if (status >= 400) throw new BrokerRefusedError(`the open orders: status ${status}`, status)
      return []
    },
    // lists nothing: as when it shows no more than its latest 500
    finalOrders: async () => (requests.push('final'), []),
    findByClientOrderId: async (id) => {
      requests.push(id)
      const order = held.get(id)
      return order === undefined ? { kind: 'not_found' } : { kind: 'found', order }
    },
  }
  const deps: ForwardDeps = {
    lease: new MemoryForwarderLease(),
    streams: {
      open: (_target, _credentials, opened) => {
        listener = opened
        opened.onListening()
        return { close: () => {} }
      },
    },
    queue: {
      send: async (messages) => {
        const parsed = messages.map(({ body }) => JSON.parse(body) as { payload: { order: never } })
        published.push(
          ...parsed.map(({ payload: { order } }) => {
            const { client_order_id: id, status } = order as { client_order_id: string; status: string }
            return `${id} ${status}`
          }),
        )
        return { failed: [] }
      },
    },
    openBroker: async () => broker as Broker,
    executions: {
      listOpen: async () =>
        open.map((id, seq) => anExecution({}, { ...aDecision(seq), clientOrderId: asClientOrderId(id) })),
    },
    clock,
    telemetry: new CountingTelemetry(),
    pause: (_milliseconds, until) =>
      new Promise((resolve) => {
        wake = resolve
        until.addEventListener('abort', () => resolve(), { once: true })
      }),
    owner: 'one',
  }
  const end = new AbortController()
  const done = forwardUpdates(ACCOUNT, ALPHA_KEY, deps, {
    once: false,
    stop: end.signal,
    onState: () => {},
  })
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      clock.pass(1)
      wake()
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return {
    pass,
    held,
    requests,
    published,
    done,
    stop: () => (end.abort(), done),
    lose: () => listener?.onLost('closed'),
    listen: () => listener?.onListening(),
    tell: (id: string, status: string) =>
      listener?.onUpdate({ event: status, order: { id: `o-${id}`, client_order_id: id, status } }),
    answer: (answered: number) => {
      status = answered
    },
  }
}

describe('what was missed', () => {
  it('is found behind 40 orders that the broker never got, each of which is asked for once', async () => {
    const never = Array.from({ length: 40 }, (_, index) => `tg-never-${index}`)
    const one = forward([...never, 'tg-filled'])
    one.held.set('tg-filled', anOrder('tg-filled', 'filled'))
    await one.pass(60)
    expect(one.published).toEqual(['tg-filled filled'])
    const asked = one.requests.filter((id) => id.startsWith('tg-'))
    expect([asked.length, new Set(asked).size]).toEqual([41, 41])
    await one.stop()
  })

  it('is looked for again after the next loss, if it was not final at the first one', async () => {
    const one = forward(['tg-1'])
    one.held.set('tg-1', anOrder('tg-1', 'new'))
    await one.pass(3)
    one.lose()
    one.held.set('tg-1', anOrder('tg-1', 'filled'))
    one.listen()
    await one.pass(3)
    expect(one.published).toEqual(['tg-1 new', 'tg-1 filled'])
    await one.stop()
  })

  it('costs few requests while the broker has trouble, so that lanes have theirs', async () => {
    const one = forward(['tg-1'])
    one.answer(503)
    await one.pass(60)
    // after 1, 2, 4, 8 and 16 seconds
    expect(one.requests).toHaveLength(6)
    one.answer(200)
    await one.stop()
  })

  it('ends when the broker keeps refusing the keys, though the stream stays connected', async () => {
    const one = forward(['tg-1'])
    one.answer(401)
    await one.pass(60)
    expect(await one.done).toEqual({ kind: 'refused', reason: expect.stringContaining('credentials') })
    expect(one.requests).toHaveLength(4)
  })
})
