/** A source's log from a position on, as one map: for operators and reports, not for the cycle. */
import type { LoggedSignal } from '../domain/signal.ts'
import { asEpochMs } from '../domain/time.ts'
import type { SignalLog } from '../ports/signal-log.ts'

const PAGE = 1000

/** By position. */
export async function readSignalsFrom(
  log: Pick<SignalLog, 'readAfter'>,
  source: string,
  position: number,
): Promise<ReadonlyMap<number, LoggedSignal>> {
  const all = new Map<number, LoggedSignal>()
  let cursor = position - 1
  for (;;) {
    const { signals } = await log.readAfter(source, cursor, PAGE, asEpochMs(0))
    for (const signal of signals) all.set(signal.position, signal)
    const last = signals.at(-1)
    if (last === undefined) return all
    cursor = last.position
  }
}
