/** What the functions' logs tell of the last day: each lane's last failure, and input that was put aside. */
import type { AccountLabel } from '../domain/account-label.ts'
import { collect } from '../domain/collect.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import { isMap } from '../formats/codec.ts'
import type { LogReader } from '../ports/log-reader.ts'
import { accountOf, selectRecords, type LogRecord } from './log-records.ts'

export interface Failure {
  readonly at: EpochMs
  readonly message: string
}

export interface Troubles {
  readonly since: EpochMs
  /** By account: the last one. */
  readonly failures: ReadonlyMap<string, Failure>
  readonly quarantinedSignals: number
  readonly quarantinedUpdates: number
}

const LOOK_BACK_SECONDS = 86_400
/** Texts by which the records are found. */
const FAILED = 'ERROR'
const SIGNAL_QUARANTINED = 'signal quarantined'
const UPDATE_QUARANTINED = 'trade update of no registered account'

/** Null when there are no logs, as before the first deployment. @throws UnavailableError */
export async function readTroubles(logs: LogReader, now: EpochMs): Promise<Troubles | null> {
  const since = plusSeconds(now, -LOOK_BACK_SECONDS)
  try {
    const [lane, ingest, orderFeed] = await Promise.all([
      collect(logs.read('lane', since, FAILED)),
      collect(logs.read('ingest', since, SIGNAL_QUARANTINED)),
      collect(logs.read('order-feed', since, UPDATE_QUARANTINED)),
    ])
    const failures = new Map<string, Failure>()
    for (const record of selectRecords(lane, EVERY_RECORD)) {
      const { fields, at } = record
      const account = fields === null ? null : accountOf(fields)
      if (typeof account === 'string' && fields?.['level'] === FAILED) {
        failures.set(account, { at, message: messageOf(record) })
      }
    }
    const told = (record: LogRecord, message: string) => record.fields?.['message'] === message
    const countOf = (lines: typeof ingest, message: string) =>
      selectRecords(lines, EVERY_RECORD).filter((record) => told(record, message)).length
    return {
      since,
      failures,
      quarantinedSignals: countOf(ingest, SIGNAL_QUARANTINED),
      quarantinedUpdates: countOf(orderFeed, UPDATE_QUARANTINED),
    }
  } catch (error) {
    if (error instanceof ConfigurationError) return null
    throw error
  }
}

export function failureOf({ failures }: Troubles, account: AccountLabel): Failure | null {
  return failures.get(account) ?? null
}

const EVERY_RECORD = { account: null, everything: false }

/** The record's own words, and the error's or the reason's behind them. */
function messageOf({ fields, text }: LogRecord): string {
  if (fields === null) return text
  const { message, error, reason, strategy_id: strategy } = fields
  const cause = isMap(error) ? error['message'] : (reason ?? strategy)
  const words = [message, cause].filter((part) => typeof part === 'string' && part !== '')
  return words.join(': ')
}
