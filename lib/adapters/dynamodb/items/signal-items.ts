/**
 * Item kinds of the signal table: rows, markers and the high-water mark. Only rows
 * stand under `signals#<source>`, so that a range query meets nothing else.
 */
import { signalId } from '../../../domain/ids.ts'
import type { Signal } from '../../../domain/signal.ts'
import {
  finite,
  instantText,
  integer,
  jsonObject,
  malformed,
  mapped,
  nullable,
  record,
  text,
} from '../../../formats/codec.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import type { HighWaterMark, SignalMarker, SignalRow } from '../../../ports/signal-rows.ts'

const ONLY = 0

export function rowPartition(source: string): string {
  return `signals#${source}`
}

export function rowKey(source: string, position: number): ItemKey {
  return { pk: rowPartition(source), sk: position }
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
  ingestTs: nullable(instantText),
  payload: jsonObject<Signal['payload']>(),
})

type StoredRow = Omit<SignalRow, 'expiresAt'>

const storedRow = {
  ...mapped<StoredRow, FlatRow>(
    flatRow,
    ({ position, signalId, signal }) => ({ position, signalId, ...signal }),
    ({ position, signalId: id, ...signal }, path) => {
      const own = signalId(signal)
      if (own !== id) throw malformed(`${path}.signal_id`, own, id)
      return { position, signalId: id, signal }
    },
  ),
  encode: ({ position, signalId, signal }: StoredRow) => flatRow.encode({ position, signalId, ...signal }),
}

export const rowItem = defineItem<StoredRow>({
  name: 'signal',
  schema: 1,
  codec: storedRow,
  key: ({ position, signal }) => rowKey(signal.source, position),
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
  codec: record<HighWaterMark>({ source: text(), position: integer, rowExpiresAt: nullable(integer) }),
  key: ({ source }) => highWaterKey(source),
})
