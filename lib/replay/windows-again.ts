/** What came before the signals of a sealed cycle, read again (docs/architecture.md#history). */
import type { CycleRecord } from '../domain/plan.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { seriesKey } from '../domain/signal-series.ts'
import { asEpochMs } from '../domain/time.ts'
import { sealedWindow } from '../plan/cycle-inputs.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import { type CompiledStrategies, historyAsked } from '../strategy/compile.ts'
import { type HistoryWindows, LATE_BY, PastSignal } from '../strategy/history.ts'

/**
 * Exactly what the record sealed, where its own strategies are asked; what others look at, where they are. A text says why
 * it cannot be had.
 */
export async function windowsAgain(
  { source, inputs }: CycleRecord,
  signals: readonly LoggedSignal[],
  compiled: CompiledStrategies,
  log: Pick<SignalLog, 'readHistory'>,
): Promise<HistoryWindows | string> {
  const windows = new Map<string, readonly PastSignal[]>()
  const isSealed = compiled.catalogHash === inputs.catalogHash
  const below = signals[0]?.position ?? 0
  for (const { signal } of signals) {
    const key = seriesKey(signal)
    if (windows.has(key)) continue
    const sealed = inputs.history?.find((one) => seriesKey({ source, ...one }) === key)
    const asked = historyAsked(compiled, signal)
    const count = Math.max(asked === 0 ? 0 : asked + LATE_BY, sealed?.positions.length ?? 0)
    if (count === 0) continue
    const rows = await log.readHistory(signal, below, count, asEpochMs(0))
    const past = rows.map((row) => new PastSignal(row))
    const own = past.slice(past.length - Math.min(past.length, sealed?.positions.length ?? count))
    windows.set(key, isSealed ? own : past)
    if (sealed === undefined) continue
    const { positions, hash } = sealedWindow(own)
    if (positions.join() !== sealed.positions.join() || hash !== sealed.hash) {
      return `the history of ${signal.symbol} that it was planned with is no longer stored`
    }
  }
  return windows
}
