/** What the producer's folds know, on DynamoDB: an item per series in the signal table, beside the log that it follows from. */
import type { SignalSeries } from '../../domain/signal-series.ts'
import { seriesKey } from '../../domain/signal-series.ts'
import { instantText, integer, text } from '../../formats/codec.ts'
import { mapped, record } from '../../formats/codec-records.ts'
import type { FoldStore, StoredFold } from '../../ports/fold-store.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { NOT_STORED, positionIs } from './table/conditions.ts'
import { mostBytes } from './table/item-bound.ts'
import { defineItem, itemSize, MAX_ITEM_BYTES, type ItemKey } from './table/item.ts'
import type { ItemTable } from './table/item-table.ts'

const ONLY = 0
/** The most that one request reads. */
const PAGE = 100
const PAGES_AT_ONCE = 8

export function foldKey(series: SignalSeries): ItemKey {
  return { pk: `fold#${seriesKey(series)}`, sk: ONLY }
}

type FlatFold = Omit<StoredFold, 'series'> & SignalSeries

const flatFold = record<FlatFold>({
  source: text(),
  symbol: text(),
  timeframe: text(),
  version: text(),
  position: integer,
  firstEnd: instantText,
  lastEnd: instantText,
  content: text(),
})

export const foldItem = defineItem<StoredFold>({
  name: 'fold of bars',
  schema: 1,
  codec: mapped<StoredFold, FlatFold>(
    flatFold,
    ({ series, ...fold }) => ({ ...series, ...fold }),
    ({ source, symbol, timeframe, ...fold }) => ({ series: { source, symbol, timeframe }, ...fold }),
  ),
  key: ({ series }) => foldKey(series),
})

export class DynamoFoldStore implements FoldStore {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async read(series: readonly SignalSeries[]): Promise<readonly StoredFold[]> {
    const pages = Array.from({ length: Math.ceil(series.length / PAGE) }, (_, page) =>
      series.slice(page * PAGE, (page + 1) * PAGE),
    )
    const read = await inParallel(pages, PAGES_AT_ONCE, (page) => this.#table.getMany(page.map(foldKey)))
    return read.flat().map((item) => foldItem.decode(item))
  }

  fits(fold: StoredFold): boolean {
    return mostBytes(fold) <= MAX_ITEM_BYTES || itemSize(foldItem.encode(fold)) <= MAX_ITEM_BYTES
  }

  write(fold: StoredFold, from: number | null): Promise<boolean> {
    return this.#table.put(foldItem.encode(fold), from === null ? NOT_STORED : positionIs(from))
  }
}
