/**
 * Signal logs in memory: dense positions, one per signal id. Nothing is ever removed, so a row past its
 * expiry is just passed over, and the log's length is its end.
 */
import canonicalize from 'canonicalize'
import { type SignalId, signalId } from '../../domain/ids.ts'
import type { LoggedSignal, Signal, SignalBatch } from '../../domain/signal.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AppendOutcome, SignalLog, StoredAlready } from '../../ports/signal-log.ts'
import { type RetentionDays, expiryAfter, isPast } from '../../domain/retention.ts'

interface Row extends LoggedSignal {
  readonly expiresAt: number | null
}

interface Log {
  readonly rows: Row[]
  readonly positions: Map<SignalId, number>
}

export class MemorySignalLog implements SignalLog {
  readonly #logs = new Map<string, Log>()
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays

  constructor(clock: Clock, retentionDays: RetentionDays = null) {
    this.#clock = clock
    this.#retentionDays = retentionDays
  }

  async append(signal: Signal): Promise<AppendOutcome> {
    const stored = await this.find(signal)
    if (stored !== null) return stored
    const log = this.#log(signal.source)
    const id = signalId(signal)
    const position = log.rows.length + 1
    const expiresAt = expiryAfter(this.#clock.now(), this.#retentionDays)
    log.rows.push({ position, signalId: id, signal, expiresAt })
    log.positions.set(id, position)
    return { kind: 'appended', position }
  }

  async find(signal: Signal): Promise<StoredAlready | null> {
    const { rows, positions } = this.#log(signal.source)
    const stored = rows[(positions.get(signalId(signal)) ?? 0) - 1]
    if (stored === undefined) return null
    const same = canonicalize(stored.signal.payload) === canonicalize(signal.payload)
    return { kind: same ? 'duplicate' : 'conflicting_payload', position: stored.position }
  }

  async readAfter(source: string, cursor: number, limit: number, now: EpochMs): Promise<SignalBatch> {
    const rows = this.#log(source).rows.slice(cursor, cursor + limit)
    const firstLive = rows.findIndex((row) => !isPast(row.expiresAt, now))
    const expired = firstLive === -1 ? rows.length : firstLive
    const rest = rows.slice(expired)
    const nextGone = rest.findIndex((row) => isPast(row.expiresAt, now))
    const live = nextGone === -1 ? rest : rest.slice(0, nextGone)
    return {
      signals: live.map(({ position, signalId, signal }) => ({ position, signalId, signal })),
      expired: expired === 0 ? null : { from: cursor + 1, to: cursor + expired },
    }
  }

  async end(source: string): Promise<number> {
    return this.#log(source).rows.length
  }

  #log(source: string): Log {
    const known = this.#logs.get(source)
    if (known !== undefined) return known
    const log: Log = { rows: [], positions: new Map() }
    this.#logs.set(source, log)
    return log
  }
}
