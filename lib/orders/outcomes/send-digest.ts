/**
 * Sends the digest of the hours before a moment. Off the way of every order: it reads logs and writes nothing, so that
 * whatever fails here costs a message and no trade.
 */
import { collect } from '../../domain/collect.ts'
import { asEpochMs, plusSeconds, type EpochMs } from '../../domain/time.ts'
import type { LogReader } from '../../ports/log-reader.ts'
import type { Notifier } from '../../ports/notifier.ts'
import { digestOf, type Digest, type Interval } from './digest.ts'
import { FILLED_RECORD, REJECTED_RECORD } from './tell-of-outcome.ts'

export interface DigestDeps {
  readonly logs: LogReader
  readonly notifier: Notifier
  readonly stage: string
  readonly hours: number
}

const HOUR_MS = 3_600_000
/** Who learns of outcomes: by an answer or a look-up, and by a trade update. */
const TELLERS = ['lane', 'order-feed'] as const

/**
 * The digest that was sent; null when there was nothing to tell. Repeating it for the same moment sends the same.
 * @throws TorghutError when the logs cannot be read, or when the topic is not known to have taken it
 */
export async function sendDigest(now: EpochMs, deps: DigestDeps): Promise<Digest | null> {
  const { logs, notifier, stage } = deps
  const interval = intervalBefore(now, deps.hours)
  const lines = await Promise.all(
    TELLERS.flatMap((name) =>
      [FILLED_RECORD, REJECTED_RECORD].map((record) =>
        collect(logs.read(name, interval.from, record, interval.to)),
      ),
    ),
  )
  const digest = digestOf(lines.flat(), interval, stage)
  if (digest !== null) await notifier.publish(digest.subject, digest.text)
  return digest
}

/** Whole hours, so that intervals neither overlap nor leave anything out, however late the schedule is. */
function intervalBefore(now: EpochMs, hours: number): Interval {
  const to = asEpochMs(Math.floor(now / HOUR_MS) * HOUR_MS)
  return { from: plusSeconds(to, -hours * 3600), to }
}
