/**
 * Item kinds of the signal table: rows, markers and the high-water mark. Only rows
 * stand under `signals#<source>`, so that a range query meets nothing else.
 */
import { signalId } from '../../../domain/ids.ts'
import type { Signal } from '../../../domain/signal.ts'
import { finite, instantText, integer, jsonText, optional, refuse, text } from '../../../formats/codec.ts'
import { mapped, record } from '../../../formats/codec-records.ts'
import { describeFound } from '../../../formats/violations.ts'
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
