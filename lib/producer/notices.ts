/**
 * Says once what lasts (docs/market-data.md): a symbol without bars, a plan without the feed, an answer that cannot be read. It is
 * said again when it has been otherwise in between, and by the next process.
 */
import type { LogLevel, Telemetry } from '../ports/telemetry.ts'

/** Names in one record. */
const NAMED = 20

export interface Notice {
  readonly level: LogLevel
  readonly message: string
  /** What it is about: a series, a strategy; empty for the whole. */
  readonly subject: string
  readonly reason: string
}

export class Notices {
  #standing = new Map<string, Notice>()
  readonly #telemetry: Pick<Telemetry, 'record'>

  constructor(telemetry: Pick<Telemetry, 'record'>) {
    this.#telemetry = telemetry
  }

  /** All that is so at present: what was not so before is said, and of what is over only that it is. */
  say(present: readonly Notice[]): void {
    const standing = new Map(present.map((notice) => [keyOf(notice), notice]))
    const fresh = [...standing].flatMap(([key, notice]) => (this.#standing.has(key) ? [] : [notice]))
    const over = [...this.#standing].flatMap(([key, notice]) => (standing.has(key) ? [] : [notice]))
    this.#standing = standing
    for (const [message, notices] of byMessage(fresh)) this.#record(message, notices)
    for (const [message, notices] of byMessage(over)) this.#record(`over: ${message}`, notices, 'info')
  }

  #record(message: string, notices: readonly Notice[], level?: LogLevel): void {
    const [first] = notices
    if (first === undefined) return
    const named = notices.slice(0, NAMED).map(({ subject }) => subject)
    this.#telemetry.record(level ?? first.level, message, {
      about: named.join(', '),
      reason: first.reason,
      count: notices.length,
    })
  }
}

function keyOf({ message, subject }: Notice): string {
  return `${message} ${subject}`
}

function byMessage(notices: readonly Notice[]): ReadonlyMap<string, readonly Notice[]> {
  const groups = new Map<string, Notice[]>()
  for (const notice of notices) groups.set(notice.message, [...(groups.get(notice.message) ?? []), notice])
  return groups
}
