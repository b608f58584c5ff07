/**
 * Appending to a signal log (docs/architecture.md#signal-log): the marker first, then the row that it names.
 *
 * A position is reserved by raising the high-water mark to it before its row is put, and the mark rises only
 * from a position that is filled. So no row ever lies above the mark, the mark survives the rows, and a
 * missing row is either not filled yet (at the mark: anyone may fill it) or removed by retention (below it).
 *
 * Invariants, under redelivery, overlapping writers and death between any two steps: positions are dense; a
 * stored signal has one position; what was acknowledged is stored; no row is put before the history of the one
 * below it is written. An empty row is filled where the marker
 * says; only a row that carries another id, or that retention has removed, lets the marker move. Near the moment at
 * which a reservation turns from "not filled yet" into "removed", nobody acts on it: an append that began just before
 * could still fill it. Bound: no append, clock differences included, lasts as long as `GUARD_SECONDS`.
 */
import canonicalize from 'canonicalize'
import { UnavailableError } from '../domain/errors.ts'
import { type SignalId, signalId } from '../domain/ids.ts'
import type { Signal } from '../domain/signal.ts'
import { plusSeconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { AppendAtOutcome, AppendOutcome, StoredAlready } from '../ports/signal-log.ts'
import { type RetentionDays, expiryAfter, isPast } from '../domain/retention.ts'
import type { HighWaterMark, SignalMarker, SignalRow, SignalRows } from '../ports/signal-rows.ts'
import { afterBelow, atLeast, markerExpiry } from './row-expiry.ts'
import type { SeriesHistory } from './series-history.ts'

/** Each further try means that another writer got on; this many only fail when something is broken. */
const MAX_TRIES = 100

/** On both sides of a reservation's expiry; longer than any invocation, and than hosts' clocks differ. */
const GUARD_SECONDS = 300

export class SignalAppender {
  readonly #rows: SignalRows
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays
  readonly #history: Pick<SeriesHistory, 'note'>
  /**
   * By source: the highest mark whose row this process has seen filled, with its history; saves two reads, proves nothing.
   */
  readonly #filled = new Map<string, HighWaterMark>()
  /** By source: the position up to which this process has seen the history written. */
  readonly #settled = new Map<string, number>()

  constructor(
    rows: SignalRows,
    clock: Clock,
    retentionDays: RetentionDays,
    history: Pick<SeriesHistory, 'note'>,
  ) {
    this.#rows = rows
    this.#clock = clock
    this.#retentionDays = retentionDays
    this.#history = history
  }

  /**
   * @throws UnavailableError when other writers got in the way too often, or when the log's last reservation was
   *   abandoned and is about to expire: the signal must be delivered again
   */
  append(signal: Signal): Promise<AppendOutcome>
  /** @param only the one position that it may get */
  append(signal: Signal, only: number): Promise<AppendAtOutcome>
  async append(signal: Signal, only: number | null = null): Promise<AppendAtOutcome> {
    const id = signalId(signal)
    if (!this.#rows.fits({ position: Number.MAX_SAFE_INTEGER, signalId: id, signal }))
      return { kind: 'too_large' }
    // who names a position has read all below it, which this process may not have seen filled
    if (only !== null && this.#filled.get(signal.source)?.position !== only - 1)
      this.#filled.delete(signal.source)
    const next = this.#likelyNext(signal.source) ?? (await this.#next(signal.source))
    if (only !== null && next > only) return (await this.find(signal)) ?? { kind: 'overtaken' }
    let marker = this.#marker(id, next)
    let row: SignalRow | null = null
    if (!(await this.#rows.createMarker(marker))) {
      // redelivered, or our own marker seen twice
      marker = await this.#storedMarker(id)
      row = await this.#rows.readRow(signal.source, marker.position)
    }
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (row?.signalId === id) {
        // whoever put it may have died right after
        await this.#history.note(row)
        return known(row, signal)
      }
      if (only !== null && marker.position > only) return { kind: 'overtaken' }
      const isFree = row === null && (only === null || marker.position === only)
      const outcome = isFree ? await this.#fill(marker, signal) : 'taken'
      if (outcome === 'filled') return { kind: 'appended', position: marker.position }
      if (outcome === 'taken') marker = await this.#move(marker, signal.source)
      if (outcome === 'moved') marker = await this.#storedMarker(id)
      row = await this.#rows.readRow(signal.source, marker.position)
    }
    throw new UnavailableError(`no position was free for a signal of source ${signal.source}`)
  }

  /** What an append of the signal would find, in two reads; null when it is not stored. */
  async find(signal: Signal): Promise<StoredAlready | null> {
    const id = signalId(signal)
    const marker = await this.#rows.readMarker(id)
    const row = marker && (await this.#rows.readRow(signal.source, marker.position))
    return row?.signalId === id ? known(row, signal) : null
  }

  /** The last position given: the mark, unless the row that it reserves was never filled. */
  async last(source: string): Promise<number> {
    const mark = await this.#rows.readMark(source)
    if (mark === null) return 0
    const isFilled = (await this.#rows.readRow(source, mark.position)) !== null
    return isFilled || this.#fate(mark) === 'removed' ? mark.position : mark.position - 1
  }

  /** As `last`, once the history of all up to there is written. */
  async settledEnd(source: string): Promise<number> {
    return (await this.#next(source)) - 1
  }

  /** Tries to put the row that the marker names; the row was not there a moment ago. */
  async #fill(marker: SignalMarker, signal: Signal): Promise<'filled' | 'taken' | 'moved' | 'again'> {
    const { source } = signal
    const { position, signalId } = marker
    const own = expiryAfter(this.#clock.now(), this.#retentionDays)
    const known = this.#filled.get(source)
    const mark = known?.position === position - 1 ? known : await this.#rows.readMark(source)
    const reached = mark?.position ?? 0
    if (reached > position) {
      // the mark has passed it, so it was filled since, or retention has removed what was there
      return (await this.#rows.readRow(source, position)) === null ? 'taken' : 'again'
    }
    if (mark !== null && reached === position && this.#knownFate(mark) === 'removed') return 'taken'
    const rowExpiresAt = reached === position ? atLeast(own, mark) : afterBelow(own, mark)
    const reserved: HighWaterMark = { source, position, rowExpiresAt }
    if (reached < position && !(await this.#rows.moveMark(reserved, mark?.position ?? null))) {
      this.#filled.delete(source)
      return 'again'
    }
    // Another delivery of the signal may have moved the marker meanwhile: the row goes where it says now.
    if (!outlives(marker, rowExpiresAt) && !(await this.#lengthen(marker, rowExpiresAt))) return 'moved'
    if (!this.#isSettled(source, position - 1)) await this.#settle(source, position - 1)
    const row = { position, signalId, signal, expiresAt: rowExpiresAt }
    if (!(await this.#rows.createRow(row))) return 'again'
    const noted = this.#history.note(row)
    if (noted !== undefined) await noted
    this.remember(reserved)
    return 'filled'
  }

  /** Moves the marker off a position that another signal has, or had, to the next free one. */
  async #move(marker: SignalMarker, source: string): Promise<SignalMarker> {
    const moved = this.#marker(marker.signalId, await this.#next(source))
    const done = await this.#rows.moveMarker(moved, marker.position)
    return done ? moved : this.#storedMarker(marker.signalId)
  }

  /** Null when this process has not seen the mark's row filled. */
  #likelyNext(source: string): number | null {
    const known = this.#filled.get(source)
    return known === undefined ? null : known.position + 1
  }

  /** Where a new signal goes: above the mark, or at it while the row that it reserves is still empty. */
  async #next(source: string): Promise<number> {
    const mark = await this.#rows.readMark(source)
    if (mark === null) return 1
    const row = await this.#rows.readRow(source, mark.position)
    if (row === null && this.#knownFate(mark) === 'unfilled') {
      await this.#settle(source, mark.position - 1)
      return mark.position
    }
    if (row !== null) await this.#history.note(row)
    this.remember(mark)
    return mark.position + 1
  }

  /** Writes the history of a filled position where whoever filled it may have died before. */
  async #settle(source: string, position: number): Promise<void> {
    if (this.#isSettled(source, position)) return
    const row = await this.#rows.readRow(source, position)
    if (row !== null) await this.#history.note(row)
    this.#settled.set(source, position)
  }

  #isSettled(source: string, position: number): boolean {
    return position <= (this.#settled.get(source) ?? 0)
  }

  /** The highest mark whose row this process has seen filled, with its history. */
  filled(source: string): HighWaterMark | null {
    return this.#filled.get(source) ?? null
  }

  /** Notes a mark whose row is filled, with its history. */
  remember(mark: HighWaterMark): void {
    const known = this.#filled.get(mark.source)
    if (known === undefined || known.position < mark.position) this.#filled.set(mark.source, mark)
    this.#settled.set(mark.source, Math.max(mark.position, this.#settled.get(mark.source) ?? 0))
  }

  /** What a missing row at the mark means. */
  #fate({ rowExpiresAt }: HighWaterMark): 'unfilled' | 'removed' | 'unclear' {
    const now = this.#clock.now()
    if (!isPast(rowExpiresAt, plusSeconds(now, GUARD_SECONDS))) return 'unfilled'
    return isPast(rowExpiresAt, plusSeconds(now, -GUARD_SECONDS)) ? 'removed' : 'unclear'
  }

  /** @throws UnavailableError when it cannot be said yet */
  #knownFate(mark: HighWaterMark): 'unfilled' | 'removed' {
    const fate = this.#fate(mark)
    if (fate !== 'unclear') return fate
    throw new UnavailableError(
      `position ${mark.position} of source ${mark.source} was reserved, never filled, and expires about now`,
    )
  }

  #marker(id: SignalId, position: number): SignalMarker {
    const expiresAt = expiryAfter(this.#clock.now(), this.#retentionDays)
    return { signalId: id, position, expiresAt: markerExpiry(expiresAt) }
  }

  async #storedMarker(id: SignalId): Promise<SignalMarker> {
    const marker = await this.#rows.readMarker(id)
    if (marker === null) throw new UnavailableError(`the marker of signal ${id} expired meanwhile`)
    return marker
  }

  /**
   * Lengthens the life of a marker from an earlier delivery, so that it does not end before its row's; false when
   * the marker does not name this position any more.
   */
  #lengthen(marker: SignalMarker, rowExpiresAt: number | null): Promise<boolean> {
    const lengthened = { ...marker, expiresAt: markerExpiry(rowExpiresAt) }
    return this.#rows.moveMarker(lengthened, marker.position)
  }
}

function outlives({ expiresAt }: SignalMarker, rowExpiresAt: number | null): boolean {
  return expiresAt === null || (rowExpiresAt !== null && expiresAt >= rowExpiresAt)
}

/** The same id again: the same signal, or another payload that must not enter the log. */
function known({ position, signal: stored }: SignalRow, { payload }: Signal): StoredAlready {
  const same = canonicalize(stored.payload) === canonicalize(payload)
  return { kind: same ? 'duplicate' : 'conflicting_payload', position }
}
