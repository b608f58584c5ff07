/** The signal log's storage on DynamoDB: each method is one call. */
import type { SignalId } from '../../domain/ids.ts'
import { NOT_STORED, positionIs } from './table/conditions.ts'
import type { LoggedSignal } from '../../domain/signal.ts'
import { type Item, MAX_ITEM_BYTES, expiryOf, itemSize } from './table/item.ts'
import type { ItemTable } from './table/item-table.ts'
import {
  highWaterItem,
  highWaterKey,
  markerItem,
  markerKey,
  rowItem,
  rowKey,
  rowPartition,
} from './items/signal-items.ts'
import type { HighWaterMark, RowPage, SignalMarker, SignalRow, SignalRows } from '../../ports/signal-rows.ts'

export class DynamoSignalRows implements SignalRows {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  fits(row: LoggedSignal): boolean {
    return itemSize(rowItem.encode(row, 0)) <= MAX_ITEM_BYTES
  }

  async readMark(source: string): Promise<HighWaterMark | null> {
    const item = await this.#table.get(highWaterKey(source))
    return item === null ? null : highWaterItem.decode(item)
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
    return { rows: items.map(rowOf), more }
  }
}

function rowOf(item: Item): SignalRow {
  return { ...rowItem.decode(item), expiresAt: expiryOf(item) }
}
