/**
 * What the signal log's protocol rests on, in every kind of storage: each write is taken only where the writer's
 * picture is still true (docs/architecture.md#signal-log).
 */
import { describe, expect, it } from 'vitest'
import { DynamoSignalRows } from '../../lib/adapters/dynamodb/signal-rows.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { signalId } from '../../lib/domain/ids.ts'
import type { SignalRows } from '../../lib/ports/signal-rows.ts'
import { MemorySignalRows } from '../../lib/adapters/memory/signal-rows.ts'
import { openDynamoState } from '../support/state-backends.ts'
import { SOURCE, aSignal } from '../support/state-samples.ts'

const KINDS: readonly { readonly name: string; readonly open: () => Promise<[SignalRows, () => unknown]> }[] =
  [
    { name: 'memory', open: async () => [new MemorySignalRows(), () => undefined] },
    {
      name: 'dynamodb',
      open: async () => {
        const { client, names, close } = await openDynamoState()
        return [new DynamoSignalRows(new ItemTable(client, names.signals)), close]
      },
    },
  ]

const id = signalId(aSignal(1))
const marker = (position: number) => ({ signalId: id, position, expiresAt: null })
const mark = (position: number) => ({ source: SOURCE, position, rowExpiresAt: null })
const row = (seq: number) => ({
  position: 1,
  signalId: signalId(aSignal(seq)),
  signal: aSignal(seq),
  expiresAt: null,
})

describe.each(KINDS)('rows of a signal log: $name', ({ open }) => {
  it('are taken where nothing has changed since they were read', async () => {
    const [rows, close] = await open()
    expect(await rows.createMarker(marker(1))).toBe(true)
    expect(await rows.createMarker(marker(2))).toBe(false)
    expect(await rows.moveMarker(marker(3), 2)).toBe(false)
    expect(await rows.readMarker(id)).toEqual(marker(1))
    expect(await rows.moveMarker(marker(3), 1)).toBe(true)

    expect(await rows.moveMark(mark(2), 1)).toBe(false)
    expect(await rows.moveMark(mark(1), null)).toBe(true)
    expect(await rows.moveMark(mark(1), null)).toBe(false)
    expect(await rows.moveMark(mark(2), 1)).toBe(true)
    expect(await rows.moveMark(mark(3), 1)).toBe(false)
    expect(await rows.readMark(SOURCE)).toEqual(mark(2))

    expect(await rows.createRow(row(1))).toBe(true)
    expect(await rows.createRow(row(2))).toBe(false)
    expect(await rows.readRow(SOURCE, 1)).toEqual(row(1))
    await close()
  })

  it('keep the history of a series apart from the log, each copy once, the newest first', async () => {
    const [rows, close] = await open()
    const copy = (position: number) => ({ ...row(position), position })
    for (const position of [1, 2, 4]) expect(await rows.createHistory(copy(position))).toBe(true)
    expect(await rows.createHistory(copy(2))).toBe(false)
    const series = { source: SOURCE, symbol: 'AAPL', timeframe: '24Hour' }
    expect(await rows.queryHistory(series, 4, 9)).toEqual([copy(2), copy(1)])
    expect(await rows.queryHistory(series, 9, 2)).toEqual([copy(4), copy(2)])
    await rows.expireHistory([copy(1)], 77)
    expect(await rows.queryHistory(series, 2, 9)).toEqual([{ ...copy(1), expiresAt: 77 }])
    expect(await rows.readRow(SOURCE, 1)).toBeNull()
    await close()
  })
})
