/** Where a cursor of the Python service stands in a signal log (docs/import.md). */
import type { Signal } from '../domain/signal.ts'
import type { EpochMs } from '../domain/time.ts'
import type { ExportedCursor } from '../formats/exported-rows.ts'
import type { SignalLog } from '../ports/signal-log.ts'

const READ_AT_ONCE = 500

/**
 * The last position whose signal is at or before the cursor: nothing up to it is decided once more. 0 for a log that
 * begins behind it. What retention has removed counts as before.
 */
export async function positionOfCursor(
  row: ExportedCursor,
  signals: Pick<SignalLog, 'readAfter'>,
  now: EpochMs,
): Promise<number> {
  let read = 0
  let found = 0
  for (;;) {
    const { signals: page, expired } = await signals.readAfter(row.source, read, READ_AT_ONCE, now)
    const last = page.at(-1)?.position ?? expired?.to
    if (last === undefined) return found
    if (expired !== null) found = expired.to
    found = page.findLast(({ signal }) => isAtOrBefore(signal, row))?.position ?? found
    read = last
  }
}

/** Within an instant by sequence number, then by symbol. */
function isAtOrBefore({ eventTs, seq, symbol }: Signal, row: ExportedCursor): boolean {
  if (eventTs !== row.cursorAt) return eventTs < row.cursorAt
  if (seq !== row.cursorSeq) return seq < row.cursorSeq
  return row.cursorSymbol === null || symbol <= row.cursorSymbol
}
