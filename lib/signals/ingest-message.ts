/**
 * One message of the signal queue: a signal or a batch of them, validated and appended
 * (docs/architecture.md#ingest).
 *
 * Invariants: a poison record never stops the rest - it is quarantined and counted; a message is done only when
 * each of its signals is stored or quarantined.
 */
import { parseSignal } from '../formats/signal-codec.ts'
import type { Quarantine } from '../ports/quarantine.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { METRICS } from '../domain/metric-names.ts'

export interface IngestDeps {
  readonly signals: Pick<SignalLog, 'append'>
  readonly quarantine: Quarantine
  readonly telemetry: Telemetry
}

export interface IngestSummary {
  readonly appended: number
  readonly duplicates: number
  readonly quarantined: number
}

/** @throws UnavailableError when the log cannot be written: the message must be delivered again. */
export async function ingestMessage(text: string, origin: string, deps: IngestDeps): Promise<IngestSummary> {
  const counts = { appended: 0, duplicates: 0, quarantined: 0 }
  const refuse = async (record: string, reason: string): Promise<void> => {
    counts.quarantined += 1
    deps.telemetry.record('error', 'signal quarantined', { origin, reason })
    await deps.quarantine.put({ origin, text: record, reason })
  }
  const records = parseRecords(text)
  if (records === null) await refuse(text, 'not JSON')
  for (const [index, record] of (records ?? []).entries()) {
    const parsed = parseSignal(record, `record ${index + 1}`)
    if (parsed.kind === 'invalid') {
      const reason = parsed.violations.map(
        ({ path, found, allowed }) => `${path}: ${found}, allowed: ${allowed}`,
      )
      await refuse(JSON.stringify(record), reason.join('; '))
      continue
    }
    const outcome = await deps.signals.append(parsed.value)
    if (outcome.kind === 'appended') counts.appended += 1
    else if (outcome.kind === 'duplicate') counts.duplicates += 1
    else if (outcome.kind === 'too_large') await refuse(JSON.stringify(record), 'larger than 64 KB')
    else
      await refuse(
        JSON.stringify(record),
        `position ${outcome.position} holds this signal with another payload`,
      )
  }
  deps.telemetry.count(METRICS.ingestedSignals, counts.appended)
  if (counts.duplicates > 0) deps.telemetry.count(METRICS.ingestDuplicates, counts.duplicates)
  if (counts.quarantined > 0) deps.telemetry.count(METRICS.ingestQuarantined, counts.quarantined)
  return counts
}

/** A signal, a list of signals or `{"signals": [...]}`; null when it is not JSON. */
function parseRecords(text: string): readonly unknown[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (Array.isArray(value)) return value
  const wrapped = value as { readonly signals?: unknown } | null
  return Array.isArray(wrapped?.signals) ? wrapped.signals : [value]
}
