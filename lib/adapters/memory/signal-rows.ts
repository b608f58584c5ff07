/** The signal log's storage in memory; nothing is ever removed. */
import type { SignalId } from '../../domain/ids.ts'
import { type SignalSeries, seriesKey } from '../../domain/signal-series.ts'
import type { HighWaterMark, RowPage, SignalMarker, SignalRow, SignalRows } from '../../ports/signal-rows.ts'

export class MemorySignalRows implements SignalRows {
  readonly #marks = new Map<string, HighWaterMark>()
  readonly #markers = new Map<SignalId, SignalMarker>()
  /** By source; a row's place is its position less one. */
  readonly #rows = new Map<string, (SignalRow | undefined)[]>()
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
    return this.#markers.get(id) ?? null
  }

  async createMarker(marker: SignalMarker): Promise<boolean> {
    if (this.#markers.has(marker.signalId)) return false
    this.#markers.set(marker.signalId, marker)
    return true
  }

  async moveMarker(marker: SignalMarker, from: number): Promise<boolean> {
    if (this.#markers.get(marker.signalId)?.position !== from) return false
    this.#markers.set(marker.signalId, marker)
    return true
  }

  async readRow(source: string, position: number): Promise<SignalRow | null> {
    return this.#rows.get(source)?.[position - 1] ?? null
  }

  async createRow(row: SignalRow): Promise<boolean> {
    const rows = this.#rows.get(row.signal.source) ?? []
    if (rows[row.position - 1] !== undefined) return false
    rows[row.position - 1] = row
    this.#rows.set(row.signal.source, rows)
    return true
  }

  async queryRows(source: string, after: number, limit: number): Promise<RowPage> {
    const rows = this.#rows.get(source) ?? []
    const page = rows.slice(after, after + limit).filter((row) => row !== undefined)
    return { rows: page, more: after + limit < rows.length }
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
}
