/**
 * The signal log's storage on DynamoDB: rows, markers, the high-water mark, and each series' history. Only rows stand
 * under `signals#<source>`, only one series' copies under `history#<series>`, so that a range query meets nothing else.
 */
import { type SignalId, signalId } from '../../domain/ids.ts'
import { type SignalSeries, seriesKey } from '../../domain/signal-series.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { NOT_STORED, STORED, positionIs } from './table/conditions.ts'
import type { LoggedSignal, Signal } from '../../domain/signal.ts'
import { mostBytes } from './table/item-bound.ts'
import { type Item, MAX_ITEM_BYTES, expiryOf, itemSize, type ItemKey, defineItem } from './table/item.ts'
import type { ItemTable } from './table/item-table.ts'
import type { HighWaterMark, RowPage, SignalMarker, SignalRow, SignalRows } from '../../ports/signal-rows.ts'
import { finite, instantText, integer, jsonText, optional, refuse, text } from '../../formats/codec.ts'
import { mapped, record } from '../../formats/codec-records.ts'
import { describeFound } from '../../formats/violations.ts'

const ONLY = 0
const EXPIRING_AT_ONCE = 8

export function rowPartition(source: string): string {
  return `signals#${source}`
}

export function rowKey(source: string, position: number): ItemKey {
  return { pk: rowPartition(source), sk: position }
}

export function historyPartition(series: SignalSeries): string {
  return `history#${seriesKey(series)}`
}

export function markerKey(id: string): ItemKey {
  return { pk: `marker#${id}`, sk: ONLY }
}

export function highWaterKey(source: string): ItemKey {
  return { pk: `high_water#${source}`, sk: ONLY }
}

interface FlatRow extends Signal, Pick<SignalRow, 'position' | 'signalId'> {}

const flatRow = record<FlatRow>({
  position: integer,
  signalId: text(),
  eventTs: instantText,
  symbol: text(),
  timeframe: text(),
  seq: finite,
  source: text(),
  ingestTs: optional(instantText),
  payload: jsonText<Signal['payload']>(),
})

type StoredRow = Omit<SignalRow, 'expiresAt'>

const storedRow = mapped<StoredRow, FlatRow>(
  flatRow,
  ({ position, signalId, signal }) => ({ position, signalId, ...signal }),
  ({ position, signalId: id, ...signal }, faults) => {
    const own = signalId(signal)
    if (own !== id) refuse(faults, describeFound(id), own, 'signal_id')
    return { position, signalId: id, signal }
  },
)

export const rowItem = defineItem<StoredRow>({
  name: 'signal',
  schema: 1,
  codec: storedRow,
  key: ({ position, signal }) => rowKey(signal.source, position),
})

export const historyItem = defineItem<StoredRow>({
  name: 'past signal',
  schema: 1,
  codec: storedRow,
  key: ({ position, signal }) => ({ pk: historyPartition(signal), sk: position }),
})

export const markerItem = defineItem<Omit<SignalMarker, 'expiresAt'>>({
  name: 'signal marker',
  schema: 1,
  codec: record<Omit<SignalMarker, 'expiresAt'>>({ signalId: text(), position: integer }),
  key: ({ signalId }) => markerKey(signalId),
})

/** Never expires itself; `row_expires_at` is about the row that it reserves. */
export const highWaterItem = defineItem<HighWaterMark>({
  name: 'high-water mark',
  schema: 1,
  codec: record<HighWaterMark>({ source: text(), position: integer, rowExpiresAt: optional(integer) }),
  key: ({ source }) => highWaterKey(source),
})

export class DynamoSignalRows implements SignalRows {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  fits(row: LoggedSignal): boolean {
    return mostBytes(row) <= MAX_ITEM_BYTES || itemSize(rowItem.encode(row, 0)) <= MAX_ITEM_BYTES
  }

  readMark(source: string): Promise<HighWaterMark | null> {
    return this.#table.read(highWaterItem, highWaterKey(source))
  }

  moveMark(mark: HighWaterMark, from: number | null): Promise<boolean> {
    return this.#table.put(highWaterItem.encode(mark), from === null ? NOT_STORED : positionIs(from))
  }

  async readMarker(id: SignalId): Promise<SignalMarker | null> {
    const item = await this.#table.get(markerKey(id))
    return item === null ? null : { ...markerItem.decode(item), expiresAt: expiryOf(item) }
  }

  createMarker({ expiresAt, ...marker }: SignalMarker): Promise<boolean> {
    return this.#table.put(markerItem.encode(marker, expiresAt), NOT_STORED)
  }

  moveMarker({ expiresAt, ...marker }: SignalMarker, from: number): Promise<boolean> {
    return this.#table.put(markerItem.encode(marker, expiresAt), positionIs(from))
  }

  async readRow(source: string, position: number): Promise<SignalRow | null> {
    const item = await this.#table.get(rowKey(source, position))
    return item === null ? null : rowOf(item)
  }

  createRow({ expiresAt, ...row }: SignalRow): Promise<boolean> {
    return this.#table.put(rowItem.encode(row, expiresAt), NOT_STORED)
  }

  async queryRows(source: string, after: number, limit: number, consistent: boolean): Promise<RowPage> {
    const range = { pk: rowPartition(source), after, limit, consistent }
    const { items, more } = await this.#table.query(range)
    return { rows: items.map((item) => rowOf(item)), more }
  }

  createHistory({ expiresAt, ...row }: SignalRow): Promise<boolean> {
    return this.#table.put(historyItem.encode(row, expiresAt), NOT_STORED)
  }

  async expireHistory(rows: readonly SignalRow[], expiresAt: number): Promise<void> {
    await inParallel(rows, EXPIRING_AT_ONCE, ({ position, signalId: id, signal }) =>
      this.#table.put(historyItem.encode({ position, signalId: id, signal }, expiresAt), STORED),
    )
  }

  async queryHistory(series: SignalSeries, below: number, limit: number): Promise<readonly SignalRow[]> {
    const range = { pk: historyPartition(series), below, limit, consistent: true }
    return (await this.#table.queryUpTo(range)).map((item) => rowOf(item, historyItem))
  }
}

function rowOf(item: Item, kind: typeof rowItem = rowItem): SignalRow {
  return { ...kind.decode(item), expiresAt: expiryOf(item) }
}
