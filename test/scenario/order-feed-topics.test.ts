/**
 * Trade updates over both topics (docs/architecture.md#order-feed): whatever comes twice, late, by the other topic or in another
 * order ends in the same state, and the same update by both topics is one event.
 */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import type { Execution } from '../../lib/domain/execution.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import { normalizeTradeUpdate } from '../../lib/orders/order-feed/normalize.ts'
import { queuedUpdate } from '../../lib/orders/order-feed/queued-update.ts'
import { formatInstant } from '../../lib/domain/time.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { HandClock } from '../support/hand-clock.ts'
import { at, ORDER_ID } from '../support/order-fixtures.ts'
import { ALPHA, anExecution } from '../support/state-samples.ts'
import { silentTelemetry } from '../support/telemetry.ts'

const settings = parseSettings({
  TRADING_ACCOUNT_LABEL: ALPHA,
  TRADING_ORDER_FEED_TOPIC_V2: 'torghut.trade-updates.v2',
})

/** What the broker tells of one order: its words, cumulative fill and price, and whether it names our id. */
interface Told {
  readonly event: string
  readonly status: string
  readonly second: number
  readonly filled: number
  readonly price: number
  readonly named: boolean
  /** The feed's own number, which starts at 1 again when the feed does. */
  readonly seq: number
}

interface Delivery {
  readonly told: Told
  /** Which of the two topics, and where the second one names the account. */
  readonly way: 'v1' | 'v2 envelope' | 'v2 payload'
}

function textOf({ told, way }: Delivery): string {
  const update = {
    event: told.event,
    timestamp: formatInstant(at(told.second)),
    order: {
      id: ORDER_ID,
      ...(told.named && { client_order_id: anExecution().clientOrderId }),
      symbol: 'AAPL',
      side: 'buy',
      qty: '10',
      status: told.status,
      filled_qty: String(told.filled),
      filled_avg_price: told.filled === 0 ? null : String(told.price),
    },
    ...(way === 'v2 payload' && { account_label: ALPHA }),
  }
  const envelope = { channel: 'trade_updates', seq: told.seq, payload: update }
  return JSON.stringify(way === 'v2 envelope' ? { ...envelope, account_label: ALPHA } : envelope)
}

const told: fc.Arbitrary<Told> = fc
  .record({
    word: fc.constantFrom(
      ['new', 'new'],
      ['partial_fill', 'partially_filled'],
      ['partial_fill', 'partially_filled'],
      ['fill', 'filled'],
      ['canceled', 'canceled'],
      ['trade_bust', 'partially_filled'],
      ['trade_correct', 'filled'],
    ),
    second: fc.nat(20),
    filled: fc.integer({ min: 0, max: 10 }),
    price: fc.integer({ min: 90, max: 110 }),
    named: fc.boolean(),
    seq: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ word: [event = '', status = ''], second, filled, price, named, seq }) => {
    return { event, status, second, filled, price, named, seq }
  })

const ways = fc.constantFrom<Delivery['way']>('v1', 'v2 envelope', 'v2 payload')

/** The updates each once by the first topic, and shuffled, duplicated and spread over both. */
const deliveries = fc.array(told, { minLength: 1, maxLength: 7 }).chain((updates) =>
  fc.array(fc.tuple(fc.nat(updates.length - 1), ways), { maxLength: 10 }).chain((extra) => {
    const all = [
      ...updates.map((update): Delivery => ({ told: update, way: 'v1' })),
      ...extra.map(([index, way]): Delivery => ({ told: updates[index] as Told, way })),
    ]
    return fc.shuffledSubarray(all, { minLength: all.length }).map((shuffled) => ({ updates, shuffled }))
  }),
)

async function endOf(messages: readonly Delivery[]) {
  const clock = new HandClock('2010-05-04T14:00:00Z')
  const { executions, orderEvents: events, unmatchedOrders: unmatched } = memoryStores(clock)
  await executions.createExecution(anExecution())
  for (const delivery of messages) {
    const message = queuedUpdate(textOf(delivery), { oneAccount: delivery.way === 'v1', settings })
    await applyTradeUpdate(message, {
      executions,
      events,
      unmatched,
      clock,
      telemetry: silentTelemetry,
      knowsAccount: async (label) => label === ALPHA,
    })
  }
  const stored = await executions.readExecution(ALPHA, anExecution().clientOrderId)
  const { revision: _, updatedAt: __, ...execution } = stored as Execution
  const rows = await events.listEvents(ALPHA, ORDER_ID)
  return { execution, rows: new Set(rows.map((row) => JSON.stringify(row, withBigints))), count: rows.length }
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

describe('updates of one order over both topics', () => {
  it(
    'end in the same state in whatever order, however often, and by whichever topic',
    { timeout: 900_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, async ({ updates, shuffled }) => {
          const inOrder = await endOf(updates.map((update) => ({ told: update, way: 'v1' })))
          expect(await endOf(shuffled)).toEqual(inOrder)
        }),
        { numRuns: 300 },
      )
    },
  )

  it('are one event when the same one comes by each of them', async () => {
    const update = { event: 'fill', status: 'filled', second: 3, filled: 10, price: 101, named: true, seq: 1 }
    const { count, execution } = await endOf(
      (['v1', 'v2 envelope', 'v2 payload', 'v1'] as const).map((way) => ({ told: update, way })),
    )
    expect([count, execution.state]).toEqual([1, 'filled'])
  })
})

describe('once the second topic is cleared', () => {
  const alone = parseSettings({ TRADING_ACCOUNT_LABEL: ALPHA })
  const value = (named?: string) =>
    JSON.stringify({
      event: 'fill',
      ...(named !== undefined && { account_label: named }),
      order: { id: ORDER_ID, symbol: 'AAPL', side: 'buy', qty: '10', status: 'filled', filled_qty: '10' },
    })
  const accountOf = (oneAccount: boolean, named?: string) => {
    const normalized = normalizeTradeUpdate(queuedUpdate(value(named), { oneAccount, settings: alone }))
    return normalized.kind === 'event' ? normalized.event.accountLabel : normalized.reason
  }

  it('what is left in its queue counts for the account that it names, and for no other', () => {
    expect(accountOf(false, 'beta')).toBe('beta')
    expect(accountOf(false)).toBe('missing_account_label')
  })

  it('the first topic counts for the primary account, unless an update names another one', () => {
    expect(accountOf(true)).toBe(ALPHA)
    expect(accountOf(true, 'beta')).toBe('beta')
  })
})
