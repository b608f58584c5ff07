/** Trade updates as brokers and producers write them, read as events or dropped with a reason; never an exception. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal, type Decimal } from '../../lib/domain/decimal.ts'
import { epochNsOf, type EpochNs } from '../../lib/domain/nano-time.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { instant } from '../../lib/domain/time.ts'
import { normalizeTradeUpdate } from '../../lib/orders/order-feed/normalize.ts'
import { GOLDEN_SETS, readGoldenCases } from '../support/golden-cases.ts'

const V1 = 'torghut.trade-updates.v1'
const V2 = 'torghut.trade-updates.v2'

function normalize(value: unknown, topic = V1): ReturnType<typeof normalizeTradeUpdate> {
  const raw = typeof value === 'string' ? value : JSON.stringify(value)
  return normalizeTradeUpdate({ topic, value: raw, defaultAccountLabel: accountLabel('paper') })
}

function normalizedEvent(value: unknown, topic = V1): OrderEvent {
  const result = normalize(value, topic)
  if (result.kind === 'dropped') throw new Error(`dropped: ${result.reason}`)
  return result.event
}

/** The event by the golden file's names. */
function byGoldenName(event: OrderEvent): Record<string, Decimal | EpochNs | string | number | null> {
  return {
    account_label: event.accountLabel,
    alpaca_order_id: event.alpacaOrderId,
    client_order_id: event.clientOrderId,
    symbol: event.symbol,
    event_type: event.eventType,
    status: event.status,
    event_ts: event.eventTs,
    feed_seq: event.feedSeq,
    qty: event.quantity,
    filled_qty: event.filledQuantity,
    avg_fill_price: event.averageFillPrice,
  }
}

/** A pinned value as the domain has it. */
function asDomain(name: string, value: string | number | null): Decimal | EpochNs | string | number | null {
  if (value === null) return null
  if (['qty', 'filled_qty', 'avg_fill_price'].includes(name)) return decimal(value)
  return name === 'event_ts' ? epochNsOf(instant(String(value))) : value
}

describe.each(GOLDEN_SETS)('$name of the order feed', (set) => {
  it('all hold', () => {
    const cases = readGoldenCases(set, 'order-feed')
    for (const [index, { topic, value, default_account_label, expect: pinned }] of cases.entries()) {
      const result = normalizeTradeUpdate({
        topic,
        value,
        defaultAccountLabel: accountLabel(default_account_label),
      })
      const reason = result.kind === 'dropped' ? result.reason : null
      expect(reason, `case ${index}`).toBe(pinned.drop_reason)
      const event = result.kind === 'event' ? byGoldenName(result.event) : null
      const pins = Object.entries(pinned.event ?? {})
      const found = pins.map(([name]) => [name, event?.[name]])
      expect(event === null, `case ${index}`).toBe(pinned.event === null)
      expect(found, `case ${index}`).toEqual(pins.map(([name, pin]) => [name, asDomain(name, pin)]))
    }
  })
})

describe('the account of a trade update', () => {
  const update = { event: 'new', order: { id: 'order-1', symbol: 'AAPL' } }

  it('is the one named inside the update before the one on the envelope', () => {
    const value = {
      channel: 'trade_updates',
      payload: { ...update, accountLabel: 'inner' },
      account_label: 'outer',
    }
    expect(normalizedEvent(value).accountLabel).toBe('inner')
    expect(
      normalizedEvent({ stream: 'trade_updates', data: update, account_label: 'outer' }).accountLabel,
    ).toBe('outer')
  })

  it('is the default account only on a topic of one account', () => {
    expect(normalizedEvent(update).accountLabel).toBe('paper')
    expect(normalizedEvent({ ...update, account_label: ' ' }).accountLabel).toBe('paper')
    expect(normalize(update, V2)).toEqual({ kind: 'dropped', reason: 'missing_account_label' })
  })

  it.each(['no/label', '-x', 'a'.repeat(65), 7, { label: 'paper' }])(
    'is never the default one when the update names %j',
    (account_label) => {
      expect(normalize({ ...update, account_label })).toEqual({
        kind: 'dropped',
        reason: 'invalid_account_label',
      })
    },
  )
})

describe('a trade update', () => {
  it('is read from the documented websocket message', () => {
    const event = normalizedEvent({
      stream: 'trade_updates',
      data: {
        event: 'fill',
        execution_id: '2f63ea93-423d-4169-b3f6-3fdafc10c418',
        price: '179.08',
        qty: '100',
        position_qty: '100',
        timestamp: '2018-10-31T14:32:00.123456789-04:00',
        order: {
          id: '7b7653c4-7468-494a-aeb3-d5f255789473',
          client_order_id: '7b7653c4-7468-494a-aeb3-d5f255789473',
          symbol: 'AAPL',
          side: 'buy',
          qty: '100',
          filled_qty: '100',
          filled_avg_price: 179.08,
          status: 'filled',
          updated_at: '2018-10-31T18:32:00.2Z',
        },
      },
    })
    expect(event).toMatchObject({
      side: 'buy',
      eventTs: epochNsOf(instant('2018-10-31T18:32:00.123Z')) + 456_789n,
      feedSeq: null,
      quantity: decimal('100'),
      averageFillPrice: decimal('179.08'),
    })
  })

  it('takes the first instant that is one', () => {
    const order = { id: 'x', updated_at: '2026-02-10T14:30:01Z' }
    expect(normalizedEvent({ event: 'new', timestamp: 'soon', order }).eventTs).toBe(
      epochNsOf(instant('2026-02-10T14:30:01Z')),
    )
    expect(normalizedEvent({ event: 'new', timestamp: 'soon', order: { id: 'x' } }).eventTs).toBeNull()
  })

  it.each(['', '3', 'null', '{"order":{"id":"x"}', '﻿{}'])('is not in the text %j', (value) => {
    expect(normalize(value)).toEqual({ kind: 'dropped', reason: 'invalid_json' })
  })

  it('of another stream is none', () => {
    expect(normalize({ stream: 'listening', data: { streams: ['trade_updates'] } })).toEqual({
      kind: 'dropped',
      reason: 'missing_trade_update_payload',
    })
  })

  it.each([[7], [{}], [''], ['x'.repeat(129)]])('with the order id %j names no order', (id) => {
    expect(normalize({ event: 'new', order: { id } })).toEqual({
      kind: 'dropped',
      reason: 'missing_order_identity',
    })
  })

  it('reads what is no number as nothing', () => {
    const order = { id: 'x', qty: 'NaN', filled_qty: 'Infinity', filled_avg_price: true, status: 5 }
    expect(normalizedEvent({ event: 'new', seq: 1.5, order })).toMatchObject({
      quantity: null,
      filledQuantity: null,
      averageFillPrice: null,
      status: null,
      feedSeq: null,
    })
  })

  it('never takes the feed down, and never brings in more than a row can hold', () => {
    const leaf = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string({ maxLength: 300 }))
    const names = ['id', 'order_id', 'client_order_id', 'symbol', 'side', 'status', 'qty', 'filled_qty']
    const order = fc.dictionary(fc.constantFrom(...names), leaf)
    const update = fc.record({ order: fc.oneof(order, leaf), event: leaf, timestamp: leaf, seq: leaf })
    const envelope = fc.record({ channel: fc.constant('trade_updates'), payload: update, seq: leaf })
    fc.assert(
      fc.property(fc.oneof(update, envelope, leaf), (value) => {
        const result = normalize(JSON.stringify(value))
        const size = JSON.stringify(result, (_, field: unknown) =>
          typeof field === 'bigint' ? field.toString() : field,
        ).length
        expect(size).toBeLessThan(8000)
      }),
      { numRuns: 500 },
    )
  })
})
