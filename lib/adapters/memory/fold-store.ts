/** What the producer's folds know, in memory. */
import { seriesKey, type SignalSeries } from '../../domain/signal-series.ts'
import type { FoldStore, StoredFold } from '../../ports/fold-store.ts'

export class MemoryFoldStore implements FoldStore {
  readonly #folds = new Map<string, StoredFold>()

  async read(series: readonly SignalSeries[]): Promise<readonly StoredFold[]> {
    return series.flatMap((one) => this.#folds.get(seriesKey(one)) ?? [])
  }

  fits(): boolean {
    return true
  }

  async write(fold: StoredFold, from: number | null): Promise<boolean> {
    const key = seriesKey(fold.series)
    if ((this.#folds.get(key)?.position ?? null) !== from) return false
    this.#folds.set(key, fold)
    return true
  }

  /** Forgets all of them, as an operator does who deletes the items. */
  clear(): void {
    this.#folds.clear()
  }
}
