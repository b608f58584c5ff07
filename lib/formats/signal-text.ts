/** Signals in their JSON form (docs/architecture.md#files): what `parse-signal.ts` reads back as it was. */
import type { Signal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'

/** The text of one signal, without a line's end. */
export function signalText({ eventTs, symbol, timeframe, seq, source, ingestTs, payload }: Signal): string {
  return JSON.stringify({
    event_ts: formatInstant(eventTs),
    symbol,
    timeframe,
    seq,
    source,
    ...(ingestTs !== null && { ingest_ts: formatInstant(ingestTs) }),
    payload,
  })
}
