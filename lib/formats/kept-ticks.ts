/**
 * Tick messages as texts, for who writes and reads one a minute in one process: those of an account differ in their time
 * alone, and what else they say is encoded and read once.
 *
 * Invariant: what is kept never changes an answer: a text that differs in more than the time is read as any other one.
 */
import type { TickMessage } from '../domain/tick-message.ts'
import { instantOfText } from '../domain/instant-text.ts'
import { asEpochMs, formatInstant } from '../domain/time.ts'
import { decodeTick, encodeTick } from './tick-codec.ts'

/** What precedes the time; before it there are only the schema and the kind. */
const BEFORE_TIME = '"tick_at":"'
/** Of a time in whole seconds, which a tick's is. */
const TIME_LENGTH = 20
/** More than that are of accounts or settings that come no more. */
const MOST_KEPT = 256

interface WrittenTick {
  readonly message: TickMessage
  /** The text around the time. */
  readonly before: string
  readonly after: string
}

/** As `encodeTick`. */
export function keptTickEncoder(): (message: TickMessage) => string {
  const kept = new Map<string, WrittenTick>()
  return (message) => {
    const key = `${message.kind} ${message.account.label}`
    const known = kept.get(key)
    if (known !== undefined && differInTimeAlone(known.message, message)) {
      return known.before + formatInstant(message.tickAt) + known.after
    }
    const text = encodeTick(message)
    const at = text.indexOf(BEFORE_TIME) + BEFORE_TIME.length
    const after = text.slice(at + formatInstant(message.tickAt).length)
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(key, { message, before: text.slice(0, at), after })
    return text
  }
}

/** As `decodeTick`. */
export function keptTickDecoder(): (body: string) => TickMessage {
  const kept = new Map<string, TickMessage>()
  return (body) => {
    const at = body.indexOf(BEFORE_TIME) + BEFORE_TIME.length
    const tickAt = instantOfText(body.slice(at, at + TIME_LENGTH))
    if (Number.isNaN(tickAt)) return decodeTick(body)
    const rest = body.slice(0, at) + body.slice(at + TIME_LENGTH)
    const known = kept.get(rest)
    if (known !== undefined) return { ...known, tickAt: asEpochMs(tickAt) }
    const message = decodeTick(body)
    if (kept.size >= MOST_KEPT) kept.clear()
    // a text that says something twice, say, is none of ours
    if (encodeTick(message) === body) kept.set(rest, message)
    return message
  }
}

/** Objects are compared as such: equal ones that are others are encoded anew. */
function differInTimeAlone(one: TickMessage, other: TickMessage): boolean {
  return (
    one.account === other.account &&
    one.settings === other.settings &&
    one.catalogHash === other.catalogHash &&
    one.killSwitchOn === other.killSwitchOn &&
    one.admitted === other.admitted &&
    one.upTo === null &&
    other.upTo === null
  )
}
