/**
 * One message of the signal queue: a signal or a batch of them, validated and appended
 * (docs/architecture.md#ingest).
 *
 * Invariants: a poison record never stops the rest - it is quarantined and counted; a message is done only when
 * each of its signals is stored or quarantined; a delivery that runs out of time is handed back in time, and the
 * next one passes what is stored already at a fraction of an append's cost, so that each gets farther.
 */
import { parseJson } from '../domain/parse-json.ts'
import { isMap } from '../formats/codec.ts'
import { UnavailableError, type Violation } from '../domain/errors.ts'
import type { ParsedLine } from '../formats/json-lines.ts'
import { parseSignal } from '../formats/signal-codec.ts'
import type { Signal } from '../domain/signal.ts'
import { plusSeconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { Quarantine } from '../ports/quarantine.ts'
import type { SignalLog, StoredAlready } from '../ports/signal-log.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { StoredPositions } from './stored-positions.ts'

export interface IngestDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly signals: Pick<SignalLog, 'append' | 'find'>
  readonly quarantine: Quarantine
  readonly telemetry: Telemetry
  /** Told of what is stored, where a tick is to follow it. */
  readonly stored?: Pick<StoredPositions, 'note'>
}

export interface IngestSummary {
  readonly appended: number
  readonly duplicates: number
  readonly quarantined: number
}

export interface IngestDelivery {
  readonly text: string
  /** Who sent it: the message's group. */
  readonly origin: string
  /** Whether an earlier delivery may have stored some of it. */
  readonly redelivered: boolean
  remainingMs(): number
}

/** How far a producer's clock may be ahead: a signal of a later time would still be young when others are too old. */
const MAX_AHEAD_SECONDS = 60
/** What one append may take at worst, with room to hand the rest back. */
const APPEND_RESERVE_MS = 8000
/** Look-ups under way at once. */
const LOOK_UPS = 25

/**
 * @throws UnavailableError when the log cannot be written, or when time is up: the message must be delivered again
 */
export async function ingestMessage(delivery: IngestDelivery, deps: IngestDeps): Promise<IngestSummary> {
  const { text, origin } = delivery
  const counts = { appended: 0, duplicates: 0, quarantined: 0 }
  const refuse = async (record: string, reason: string): Promise<void> => {
    counts.quarantined += 1
    deps.telemetry.record('error', 'signal quarantined', { origin, reason })
    await deps.quarantine.put({ origin, text: record, reason })
  }
  const records = parseRecords(text)
  if (records === null) await refuse(text, 'not JSON')
  const parsed = (records ?? []).map((record, index) => parseSignal(record, `record ${index + 1}`))
  const stored = delivery.redelivered ? await findStored(parsed, deps.signals) : []
  for (const [index, one] of parsed.entries()) {
    const record = JSON.stringify(records?.[index])
    if (one.kind === 'invalid') {
      await refuse(record, one.violations.map(inWords).join('; '))
      continue
    }
    if (delivery.remainingMs() < APPEND_RESERVE_MS) {
      throw new UnavailableError('time is up: the rest of the message waits for its next delivery')
    }
    const earlier = stored[index] ?? null
    if (earlier === null && one.value.eventTs > plusSeconds(deps.clock.now(), MAX_AHEAD_SECONDS)) {
      await refuse(record, 'event_ts lies more than a minute in the future')
      continue
    }
    const outcome = earlier ?? (await deps.signals.append(one.value))
    const { redelivered } = delivery
    // a first delivery may have died between its append and its tick
    const isNews = outcome.kind === 'appended' || (outcome.kind === 'duplicate' && redelivered)
    if (isNews) deps.stored?.note(one.value.source, outcome.position)
    if (outcome.kind === 'appended') counts.appended += 1
    else if (outcome.kind === 'duplicate') counts.duplicates += 1
    else if (outcome.kind === 'too_large') await refuse(record, 'larger than 64 KB')
    else await refuse(record, `position ${outcome.position} holds this signal with another payload`)
  }
  deps.telemetry.count(METRICS.ingestedSignals, counts.appended)
  if (counts.duplicates > 0) deps.telemetry.count(METRICS.ingestDuplicates, counts.duplicates)
  if (counts.quarantined > 0) deps.telemetry.count(METRICS.ingestQuarantined, counts.quarantined)
  return counts
}

/** What an earlier delivery of the message has stored, by index. */
async function findStored(
  parsed: readonly ParsedLine<Signal>[],
  signals: Pick<SignalLog, 'find'>,
): Promise<readonly (StoredAlready | null)[]> {
  const found: (StoredAlready | null)[] = []
  for (let from = 0; from < parsed.length; from += LOOK_UPS) {
    const some = parsed.slice(from, from + LOOK_UPS)
    found.push(
      ...(await Promise.all(
        some.map(async (one) => (one.kind === 'value' ? signals.find(one.value) : null)),
      )),
    )
  }
  // its delivery may have died before all of it was written: it is appended once more, as a duplicate
  const last = found.findLastIndex((stored) => stored !== null)
  if (last >= 0) found[last] = null
  return found
}

function inWords({ path, found, allowed }: Violation): string {
  return `${path}: ${found}, allowed: ${allowed}`
}

/** A signal, a list of signals or `{"signals": [...]}`; null when it is not JSON. */
function parseRecords(text: string): readonly unknown[] | null {
  const value = parseJson(text)
  if (value === undefined) return null
  if (Array.isArray(value)) return value
  const signals = isMap(value) ? value['signals'] : undefined
  return Array.isArray(signals) ? signals : [value]
}
