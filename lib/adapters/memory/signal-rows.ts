/** The signal log's storage in memory; nothing is removed unless its owner says that all of it was read. */
import { StateError } from '../../domain/errors.ts'
import type { SignalId } from '../../domain/ids.ts'
import { type SignalSeries, seriesKey } from '../../domain/signal-series.ts'
import type { HighWaterMark, RowPage, SignalMarker, SignalRow, SignalRows } from '../../ports/signal-rows.ts'

interface SourceRows {
  /** How many positions came before those that are kept. */
  forgotten: number
  /** By position. */
  readonly kept: (SignalRow | undefined)[]
}

/** How many are kept at least, where rows are forgotten: by so many signals a repetition may come later. */
const MARKERS = 2 ** 8

export class MemorySignalRows implements SignalRows {
  readonly #marks = new Map<string, HighWaterMark>()
  #markers = new Map<SignalId, SignalMarker>()
  /** Those before them, where rows are forgotten. */
  #olderMarkers = new Map<SignalId, SignalMarker>()
  readonly #rows = new Map<string, SourceRows>()
  /** By series, in the order of positions. */
  readonly #history = new Map<string, SignalRow[]>()

  fits(): boolean {
    return true
  }

  async readMark(source: string): Promise<HighWaterMark | null> {
    return this.#marks.get(source) ?? null
  }

  async moveMark(mark: HighWaterMark, from: number | null): Promise<boolean> {
    if ((this.#marks.get(mark.source)?.position ?? null) !== from) return false
    this.#marks.set(mark.source, mark)
    return true
  }

  async readMarker(id: SignalId): Promise<SignalMarker | null> {
    return this.#markersWith(id).get(id) ?? null
  }

  async createMarker(marker: SignalMarker): Promise<boolean> {
    const { signalId } = marker
    if (this.#olderMarkers.has(signalId) || this.#markers.has(signalId)) return false
    this.#markers.set(signalId, marker)
    return true
  }

  async moveMarker(marker: SignalMarker, from: number): Promise<boolean> {
    const markers = this.#markersWith(marker.signalId)
    if (markers.get(marker.signalId)?.position !== from) return false
    markers.set(marker.signalId, marker)
    return true
  }

  async readRow(source: string, position: number): Promise<SignalRow | null> {
    const rows = this.#rows.get(source)
    return rows === undefined ? null : (rows.kept[placeIn(rows, position)] ?? null)
  }

  async createRow(row: SignalRow): Promise<boolean> {
    const rows = this.#rows.get(row.signal.source) ?? this.#newRows(row.signal.source)
    const place = placeIn(rows, row.position)
    if (rows.kept[place] !== undefined) return false
    rows.kept[place] = row
    return true
  }

  async queryRows(source: string, after: number, limit: number): Promise<RowPage> {
    const rows = this.#rows.get(source)
    if (rows === undefined) return { rows: [], more: false }
    const from = placeIn(rows, after + 1)
    const page = rows.kept.slice(from, from + limit).filter((row) => row !== undefined)
    return { rows: page, more: from + limit < rows.kept.length }
  }

  /**
   * Forgets rows that everybody has read: all but each source's last, and the oldest of many markers. Who asks for one of
   * them nevertheless is told so.
   */
  forgetRead(): void {
    for (const rows of this.#rows.values()) {
      const read = rows.kept.length - 1
      if (read <= 0) continue
      rows.kept.splice(0, read)
      rows.forgotten += read
    }
    if (this.#markers.size < MARKERS) return
    // all at once: taking them out one by one costs as much as putting them there
    this.#olderMarkers = this.#markers
    this.#markers = new Map()
  }

  async createHistory(row: SignalRow): Promise<boolean> {
    const key = seriesKey(row.signal)
    const rows = this.#history.get(key) ?? []
    this.#history.set(key, rows)
    const at = rows.findLastIndex(({ position }) => position <= row.position)
    if (rows[at]?.position === row.position) return false
    rows.splice(at + 1, 0, row)
    return true
  }

  async expireHistory(rows: readonly SignalRow[], expiresAt: number): Promise<void> {
    for (const row of rows) {
      const known = this.#history.get(seriesKey(row.signal)) ?? []
      const at = known.findIndex(({ position }) => position === row.position)
      if (at >= 0) known[at] = { ...row, expiresAt }
    }
  }

  async queryHistory(series: SignalSeries, below: number, limit: number): Promise<readonly SignalRow[]> {
    const rows = this.#history.get(seriesKey(series)) ?? []
    const end = rows.findLastIndex(({ position }) => position < below) + 1
    return rows.slice(Math.max(0, end - limit), end).reverse()
  }

  #markersWith(id: SignalId): Map<SignalId, SignalMarker> {
    return this.#olderMarkers.has(id) ? this.#olderMarkers : this.#markers
  }

  #newRows(source: string): SourceRows {
    const rows: SourceRows = { forgotten: 0, kept: [] }
    this.#rows.set(source, rows)
    return rows
  }
}

/** @throws StateError when it was forgotten */
function placeIn({ forgotten }: SourceRows, position: number): number {
  if (position <= forgotten) throw new StateError(`the signal of position ${position} is kept no longer`)
  return position - forgotten - 1
}
