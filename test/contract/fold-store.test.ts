/** What producers of bars keep of their folds, in every kind of storage: written only over what was read (docs/market-data.md). */
import { describe, expect, it } from 'vitest'
import { DynamoFoldStore } from '../../lib/adapters/dynamodb/fold-store.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { MemoryFoldStore } from '../../lib/adapters/memory/fold-store.ts'
import { instant } from '../../lib/domain/time.ts'
import type { FoldStore, StoredFold } from '../../lib/ports/fold-store.ts'
import { openDynamoState } from '../support/state-backends.ts'

const KINDS: readonly { readonly name: string; readonly open: () => Promise<[FoldStore, () => unknown]> }[] =
  [
    { name: 'memory', open: async () => [new MemoryFoldStore(), () => undefined] },
    {
      name: 'dynamodb',
      open: async () => {
        const { client, names, close } = await openDynamoState()
        return [new DynamoFoldStore(new ItemTable(client, names.signals)), close]
      },
    },
  ]

const foldOf = (symbol: string, position: number): StoredFold => ({
  series: { source: 'alpaca-iex', symbol, timeframe: '1Min' },
  version: '1',
  position,
  firstEnd: instant('2024-06-03T13:31:00Z'),
  lastEnd: instant('2024-06-03T13:40:00Z'),
  content: '{"told":[]}',
})

describe.each(KINDS)('stored folds: $name', ({ open }) => {
  it('are written once, and then over the position that was read alone', async () => {
    const [folds, close] = await open()
    const aapl = foldOf('AAPL', 5)
    expect(await folds.write(aapl, 4)).toBe(false)
    expect(await folds.write(aapl, null)).toBe(true)
    expect(await folds.write(foldOf('AAPL', 6), null)).toBe(false)
    expect(await folds.write(foldOf('AAPL', 7), 6)).toBe(false)
    expect(await folds.read([aapl.series])).toEqual([aapl])
    expect(await folds.write(foldOf('AAPL', 7), 5)).toBe(true)
    expect(await folds.read([aapl.series])).toEqual([foldOf('AAPL', 7)])
    await close()
  })

  it('are read for as many series as there are, and only those that are there', async () => {
    const [folds, close] = await open()
    const all = Array.from({ length: 120 }, (_, index) => foldOf(`S${index}`, index + 1))
    for (const fold of all) await folds.write(fold, null)
    const read = await folds.read([...all, foldOf('NONE', 1)].map(({ series }) => series))
    expect(read.toSorted((left, right) => left.position - right.position)).toEqual(all)
    expect(folds.fits(foldOf('AAPL', 1))).toBe(true)
    await close()
  })

  it('stand apart for series of another timeframe or source', async () => {
    const [folds, close] = await open()
    const aapl = foldOf('AAPL', 5)
    await folds.write(aapl, null)
    const others = [
      { ...aapl.series, timeframe: '5Min' },
      { ...aapl.series, source: 'alpaca-sip' },
    ]
    expect(await folds.read(others)).toEqual([])
    await close()
  })
})
