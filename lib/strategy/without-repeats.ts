/**
 * Signals of a file, each observation once. A file that was put together from overlapping windows of bars tells a bar
 * several times, numbered anew by each window: what has the source, symbol, timeframe, instant and price of a signal
 * before it is that signal again, whatever its `seq` and the indicators that the window had seen.
 */
import { type SignalId, signalId } from '../domain/ids.ts'
import type { Signal } from '../domain/signal.ts'
import { readPrice } from './features.ts'

/** Keeps the first of each, in the order given. */
export function withoutRepeats(signals: readonly Signal[]): Signal[] {
  const seen = new Set<SignalId>()
  const isNew = (id: SignalId) => !seen.has(id) && seen.add(id)
  return signals.filter((signal) => {
    const price = readPrice(signal)
    const sameBar =
      price === null || isNew(signalId({ ...signal, source: `${signal.source} ${price}`, seq: 0 }))
    return isNew(signalId(signal)) && sameBar
  })
}
