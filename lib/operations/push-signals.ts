/**
 * Sends signals to the queue of the log (docs/architecture.md#ingest).
 *
 * Invariants: a message holds signals of one source, in the order given, and is of its source's group, so that the
 * log keeps that order; its deduplication id follows from the ids of its signals (a single one's is that signal's
 * id), so that pushing again sends nothing new for five minutes, and stores nothing new ever.
 */
import { signalText } from '../formats/signal-codec.ts'
import { encodeFields, sha256Hex, signalId } from '../domain/ids.ts'
import type { Signal } from '../domain/signal.ts'
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import type { Queue, QueueMessage } from '../ports/queue.ts'

/** Ten messages of this size stay below the 256 KiB that SQS takes in one request. */
const MOST_BYTES = 25_000
export const MOST_SIGNALS = 50
/** How many messages are sent before the next report of progress. */
const SENT_AT_ONCE = 10

/** Shifts all times by the same amount, so that the latest signal's is `now`. */
export function shiftToEndAt(signals: readonly Signal[], now: EpochMs): readonly Signal[] {
  const latest = signals.reduce((last, { eventTs }) => Math.max(last, eventTs), -Infinity)
  const shift = now - latest
  return signals.map((signal) => ({
    ...signal,
    eventTs: asEpochMs(signal.eventTs + shift),
    ingestTs: signal.ingestTs === null ? null : asEpochMs(signal.ingestTs + shift),
  }))
}

/** A message and how many signals it holds. */
export interface SignalMessage extends QueueMessage {
  readonly signals: number
}

/** Packs signals into messages of at most `most` signals each. */
export function signalMessages(signals: readonly Signal[], most = MOST_SIGNALS): readonly SignalMessage[] {
  const messages: SignalMessage[] = []
  const open = new Map<string, { texts: string[]; ids: string[]; bytes: number }>()
  const close = (source: string) => {
    const batch = open.get(source)
    open.delete(source)
    const [first, ...others] = batch?.ids ?? []
    if (batch === undefined || first === undefined) return
    messages.push({
      groupId: source,
      deduplicationId: others.length === 0 ? first : sha256Hex(encodeFields('signals', first, ...others)),
      body: `[${batch.texts.join(',')}]`,
      signals: batch.ids.length,
    })
  }
  for (const signal of signals) {
    const text = signalText(signal)
    const bytes = Buffer.byteLength(text) + 1
    const before = open.get(signal.source)
    if (before !== undefined && (before.ids.length >= most || before.bytes + bytes > MOST_BYTES)) {
      close(signal.source)
    }
    const batch = open.get(signal.source) ?? { texts: [], ids: [], bytes: 2 }
    batch.texts.push(text)
    batch.ids.push(signalId(signal))
    batch.bytes += bytes
    open.set(signal.source, batch)
  }
  for (const source of open.keys()) close(source)
  return messages
}

export type PushOutcome =
  | { readonly kind: 'pushed'; readonly signals: number; readonly messages: number }
  /** The queue refused a message; nothing after it was sent, so that the order is kept. */
  | { readonly kind: 'stopped'; readonly signals: number; readonly messages: number }

/** @throws UnavailableError when the queue cannot be reached */
export async function pushMessages(
  messages: readonly SignalMessage[],
  queue: Queue,
  progress: (signals: number) => void,
): Promise<PushOutcome> {
  let signals = 0
  let sent = 0
  for (let start = 0; start < messages.length; start += SENT_AT_ONCE) {
    const batch = messages.slice(start, start + SENT_AT_ONCE)
    const { failed } = await queue.send(batch)
    const taken = batch.filter(({ deduplicationId }) => !failed.includes(deduplicationId))
    signals += taken.reduce((sum, message) => sum + message.signals, 0)
    sent += taken.length
    if (failed.length > 0) return { kind: 'stopped', signals, messages: sent }
    progress(signals)
  }
  return { kind: 'pushed', signals, messages: sent }
}
