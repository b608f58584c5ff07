/** Signals in (docs/architecture.md#ingest): batches, duplicates, poison records that never stop the rest. */
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DynamoQuarantine } from '../../lib/adapters/dynamodb/quarantine.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { MemoryQuarantine } from '../support/memory-quarantine.ts'
import { ingestMessage, type IngestDelivery } from '../../lib/signals/ingest-message.ts'
import {
  openDynamoState,
  STATE_BACKENDS,
  type DynamoState,
  type OpenState,
} from '../support/state-backends.ts'
import { HandClock } from '../support/hand-clock.ts'
import { silentTelemetry } from '../support/telemetry.ts'

const clock = new HandClock('2010-05-03T13:31:00Z')

const wire = (seq: number, fields: object = {}) => ({
  event_ts: '2010-05-03T13:31:00Z',
  symbol: 'AAPL',
  timeframe: '1Min',
  seq,
  source: 'ta',
  payload: { price: '100' },
  ...fields,
})

describe.each(STATE_BACKENDS)('ingest on $name', ({ open }) => {
  let state: OpenState
  let quarantine: MemoryQuarantine
  beforeEach(async () => {
    state = await open()
    quarantine = new MemoryQuarantine()
  })
  afterEach(() => state.close())

  const ingest = (message: unknown, delivery: Partial<IngestDelivery> = {}) =>
    ingestMessage(
      {
        text: typeof message === 'string' ? message : JSON.stringify(message),
        origin: 'ta',
        redelivered: false,
        remainingMs: () => 30_000,
        ...delivery,
      },
      { clock, signals: state.stores.signals, quarantine, telemetry: silentTelemetry },
    )

  it.each([
    ['one signal', wire(1), 1],
    ['a list', [wire(1), wire(2)], 2],
    ['a wrapped list', { signals: [wire(1), wire(2), wire(3)] }, 3],
  ])('takes %s', async (_name, message, appended) => {
    expect(await ingest(message)).toEqual({ appended, duplicates: 0, quarantined: 0 })
    expect(await state.stores.signals.end('ta')).toBe(appended)
  })

  it('gives a redelivered signal no second position', async () => {
    await ingest([wire(1), wire(2)])
    expect(await ingest([wire(2), wire(3)])).toEqual({ appended: 1, duplicates: 1, quarantined: 0 })
    expect(await state.stores.signals.end('ta')).toBe(3)
  })

  it('gets through a message that takes longer than one delivery has, one delivery after the other', async () => {
    const message = Array.from({ length: 12 }, (_, index) => wire(index + 1))
    let deliveries = 0
    for (; deliveries < 10; deliveries += 1) {
      // each delivery has the time for five appends; what is looked up costs next to nothing
      let left = 8000 + 5 * 1000
      const append = state.stores.signals.append.bind(state.stores.signals)
      const signals = {
        find: state.stores.signals.find.bind(state.stores.signals),
        append: (signal: Signal) => ((left -= 1000), append(signal)),
      }
      const delivery = {
        text: JSON.stringify(message),
        origin: 'ta',
        redelivered: deliveries > 0,
        remainingMs: () => left - 1,
      }
      const ended = await ingestMessage(delivery, {
        clock,
        signals,
        quarantine,
        telemetry: silentTelemetry,
      }).catch((error: unknown) => error)
      if (!(ended instanceof UnavailableError)) break
    }
    expect(deliveries).toBe(2)
    expect(await state.stores.signals.end('ta')).toBe(12)
  })

  it('quarantines poison records and takes the rest', async () => {
    const poison = wire(2, { event_ts: 'yesterday' })
    expect(await ingest([wire(1), poison, wire(3)])).toEqual({ appended: 2, duplicates: 0, quarantined: 1 })
    expect(quarantine.all()).toMatchObject([{ origin: 'ta', text: JSON.stringify(poison) }])
    expect(quarantine.all()[0]?.reason).toContain('event_ts')
    expect(await ingest('{"event_ts":')).toMatchObject({ quarantined: 1 })
  })

  it('quarantines a signal of more than a minute ahead, and takes one that a fast clock has dated', async () => {
    const ahead = wire(2, { event_ts: '2010-05-03T13:32:00.001Z' })
    const message = [wire(1, { event_ts: '2010-05-03T13:32:00Z' }), ahead, wire(3)]
    expect(await ingest(message)).toEqual({ appended: 2, duplicates: 0, quarantined: 1 })
    expect(quarantine.all()).toEqual([
      { origin: 'ta', text: JSON.stringify(ahead), reason: 'event_ts lies more than a minute in the future' },
    ])
  })

  it('quarantines a signal that comes again with another payload', async () => {
    await ingest(wire(1))
    expect(await ingest(wire(1, { payload: { price: '101' } }))).toMatchObject({ quarantined: 1 })
    expect(quarantine.all()).toHaveLength(1)
  })
})

describe('a signal that no item can hold', () => {
  it('is quarantined, and the rest of its message is taken', async () => {
    const state = await openDynamoState()
    const quarantine = new MemoryQuarantine()
    const large = wire(2, { payload: { price: '1', note: 'x'.repeat(64 * 1024) } })
    const delivery = { text: JSON.stringify([wire(1), large, wire(3)]), origin: 'ta', redelivered: true }
    const summary = await ingestMessage(
      { ...delivery, remainingMs: () => 30_000 },
      { clock, signals: state.stores.signals, quarantine, telemetry: silentTelemetry },
    )
    expect(summary).toEqual({ appended: 2, duplicates: 0, quarantined: 1 })
    expect(quarantine.all()).toMatchObject([{ text: JSON.stringify(large), reason: 'larger than 64 KB' }])
    await state.close()
  })
})

describe('the quarantine in DynamoDB', () => {
  let state: DynamoState
  beforeEach(async () => {
    state = await openDynamoState()
  })
  afterEach(() => state.close())

  it('keeps a signal that came again with another payload, once', async () => {
    const quarantine = new DynamoQuarantine(new ItemTable(state.client, state.names.signals), state.clock, 7)
    const deps = { clock, signals: state.stores.signals, quarantine, telemetry: silentTelemetry }
    const deliver = (text: string, redelivered: boolean) =>
      ingestMessage({ text, origin: 'ta', redelivered, remainingMs: () => 30_000 }, deps)
    await deliver(JSON.stringify(wire(1)), false)
    const other = JSON.stringify(wire(1, { payload: { price: '101' } }))
    await deliver(other, false)
    await deliver(other, true)
    const { Items = [] } = await state.client.send(new ScanCommand({ TableName: state.names.signals }))
    const kept = Items.filter(({ pk }) => /^(quarantine|poison)#/.test(pk?.S ?? ''))
    expect(kept.map(({ text }) => text?.S)).toEqual([other])
  })

  it('keeps a text of any size whole, once', async () => {
    const table = new ItemTable(state.client, state.names.signals)
    const quarantine = new DynamoQuarantine(table, state.clock, 7)
    const text = `x${'ä€😀'.repeat(20_000)}`
    await quarantine.put({ origin: 'ta', text, reason: 'too long' })
    await quarantine.put({ origin: 'ta', text, reason: 'too long' })
    const { Items = [] } = await state.client.send(new ScanCommand({ TableName: state.names.signals }))
    const parts: string[] = []
    for (const { sk, text: part } of Items) parts[Number(sk?.N)] = part?.S ?? ''
    expect(parts.join('')).toBe(text)
  })
})
