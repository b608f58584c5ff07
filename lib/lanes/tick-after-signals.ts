/**
 * Whom a tick after signals goes to (docs/architecture.md#ticks-after-signals): the lanes that read the source, each only
 * if no such tick waits for it already.
 *
 * Invariants: a note is made before its tick is sent, so that of two dispatchers one sends, and stays when the queue did
 * not say that it took the tick, which it may have; what is wrong with one account's note costs no other account its tick.
 */
import type { AccountConfig } from '../domain/account.ts'
import type { AppendedSignals } from '../domain/appended-signals.ts'
import { TorghutError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { Settings } from '../domain/settings.ts'
import type { LogPosition } from '../domain/signal.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { WaitingTicks } from '../ports/waiting-ticks.ts'

export interface AfterSignals {
  readonly upTo: LogPosition
  readonly by: AppendedSignals['by']
  readonly waiting: WaitingTicks
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const LONGEST_ID = 128
const NOTED_AT_ONCE = 50

/** Names source and position too, so that the same append asked about twice is one tick. */
export function deduplicationId(ofTick: string, after: AfterSignals | undefined): string {
  if (after === undefined) return ofTick
  const id = `${ofTick}#${after.upTo.source}#${after.upTo.position}`
  return id.length <= LONGEST_ID ? id : sha256Hex(id)
}

/** Those of the accounts for whom no such tick waits, and for whom one is noted now. */
export async function firstToWait(
  accounts: readonly AccountConfig[],
  { upTo, by, waiting }: AfterSignals,
  { signalSource, tickOnSignal }: Pick<Settings, 'signalSource' | 'tickOnSignal'>,
  telemetry: Telemetry,
): Promise<readonly AccountConfig[]> {
  if (upTo.source !== signalSource || (by === 'ingest' && !tickOnSignal)) return []
  const isFirst = await inParallel(accounts, NOTED_AT_ONCE, async ({ label: account }) => {
    try {
      return await waiting.note(account, upTo)
    } catch (error) {
      if (!(error instanceof TorghutError)) throw error
      telemetry.count(METRICS.dispatchUnreadable, 1, { account })
      telemetry.record('warn', 'no tick is sent after signals; the schedule sends one', { account }, error)
      return false
    }
  })
  return accounts.filter((_, index) => isFirst[index])
}
