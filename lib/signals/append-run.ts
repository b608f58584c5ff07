/**
 * Appends many signals of one source, one position after the other, in half the time: once a row is there, its copy in the
 * history, the mark's next position and the next signal's marker are written at the same time (docs/architecture.md#signal-log).
 *
 * Invariants: those of an append (append.ts), since each of the three may stand alone: the mark rises from a row that is filled,
 * the marker comes before its row, and no row is put before the copy of the one below it. Whatever else is found there is left
 * to a plain append.
 */
import { signalId } from '../domain/ids.ts'
import { type RetentionDays, expiryAfter } from '../domain/retention.ts'
import type { Signal } from '../domain/signal.ts'
import type { Clock } from '../ports/clock.ts'
import type { AppendAtOutcome } from '../ports/signal-log.ts'
import type { HighWaterMark, SignalRow, SignalRows } from '../ports/signal-rows.ts'
import type { SignalAppender } from './append.ts'
import { afterBelow, markerExpiry } from './row-expiry.ts'
import type { SeriesHistory } from './series-history.ts'

/** A row that was put a moment ago, without its copy. */
interface Put {
  readonly row: SignalRow
  readonly mark: HighWaterMark
}

export class RunAppender {
  readonly #rows: SignalRows
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays
  readonly #history: Pick<SeriesHistory, 'note'>
  readonly #appender: SignalAppender

  constructor(
    rows: SignalRows,
    clock: Clock,
    retentionDays: RetentionDays,
    history: Pick<SeriesHistory, 'note'>,
    appender: SignalAppender,
  ) {
    this.#rows = rows
    this.#clock = clock
    this.#retentionDays = retentionDays
    this.#history = history
    this.#appender = appender
  }

  /**
   * Null: all were appended. Otherwise what became of the first one that was not; none after it was asked for.
   * @param signals the next one is asked for when the one before is stored
   * @param first position of the first one, as in an append that may take one position alone
   * @throws UnavailableError as an append does
   */
  async append(signals: Iterable<Signal>, first: number): Promise<AppendAtOutcome | null> {
    let position = first
    let below = null as Put | null
    for (const signal of signals) {
      const mark = below?.mark ?? this.#appender.filled(signal.source)
      const put = mark?.position === position - 1 ? await this.#putNext(signal, mark, below) : null
      if (put === null) {
        const outcome = await this.#appender.append(signal, position)
        if (outcome.kind !== 'appended') return outcome
      }
      below = put
      position += 1
    }
    if (below !== null) await this.#note(below)
    return null
  }

  /** Null: it has to be appended as any other signal; the copy of the row below is there all the same. */
  async #putNext(signal: Signal, mark: HighWaterMark, below: Put | null): Promise<Put | null> {
    const id = signalId(signal)
    const position = mark.position + 1
    const rowExpiresAt = afterBelow(expiryAfter(this.#clock.now(), this.#retentionDays), mark)
    const row = { position, signalId: id, signal, expiresAt: rowExpiresAt }
    const reserved = { source: signal.source, position, rowExpiresAt }
    if (!this.#rows.fits(row)) {
      if (below !== null) await this.#note(below)
      return null
    }
    const [isMarked, isRaised] = await allDone([
      async () => this.#rows.createMarker({ signalId: id, position, expiresAt: markerExpiry(rowExpiresAt) }),
      async () => this.#rows.moveMark(reserved, mark.position),
      async () => below !== null && this.#note(below),
    ])
    const isFree = isMarked === true && isRaised === true
    return isFree && (await this.#rows.createRow(row)) ? { row, mark: reserved } : null
  }

  async #note({ row, mark }: Put): Promise<true> {
    await this.#history.note(row)
    this.#appender.remember(mark)
    return true
  }
}

/** Nothing of it is under way any more when one has failed: what comes next in this process would meet it. */
async function allDone(works: readonly (() => Promise<boolean>)[]): Promise<readonly boolean[]> {
  const done = await Promise.allSettled(works.map((work) => work()))
  return done.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
