/**
 * Expiry in a signal log whose writers' clocks differ (docs/architecture.md#retention): rows expire in the order of
 * their positions and never before their reservation, and an empty reservation is not the log's end.
 */
import { describe, expect, it } from 'vitest'
import { MemorySignalRows } from '../../lib/adapters/memory/signal-rows.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { signalId } from '../../lib/domain/ids.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import type { SignalRow } from '../../lib/ports/signal-rows.ts'
import { SignalAppender } from '../../lib/signals/append.ts'
import { RunAppender } from '../../lib/signals/append-run.ts'
import { HandClock } from '../support/hand-clock.ts'
import { SOURCE, aSignal } from '../support/state-samples.ts'

const DAYS = 7
const NO_HISTORY = { note: () => Promise.resolve() }
const ahead = new HandClock('2026-02-10T15:00:30Z')
const behind = new HandClock('2026-02-10T15:00:00Z')

/** Its rows up to a position have been removed by retention; the mark stays. */
class ForgettingRows extends MemorySignalRows {
  forgottenTo = 0

  override async readRow(source: string, position: number): Promise<SignalRow | null> {
    return position <= this.forgottenTo ? null : super.readRow(source, position)
  }

  override async createRow(row: SignalRow): Promise<boolean> {
    return row.position <= this.forgottenTo || super.createRow(row)
  }
}

describe('a row', () => {
  it('expires no earlier than the row below it, whatever the clocks of their writers', async () => {
    const rows = new MemorySignalRows()
    await new SignalAppender(rows, ahead, DAYS, NO_HISTORY).append(aSignal(1))
    await new SignalAppender(rows, behind, DAYS, NO_HISTORY).append(aSignal(2))
    const [first, second] = [await rows.readRow(SOURCE, 1), await rows.readRow(SOURCE, 2)]
    expect(first?.expiresAt).toBe(Date.parse('2026-02-17T15:00:30Z') / 1000)
    expect(second?.expiresAt).toBe(first?.expiresAt)
  })

  it('expires no earlier than its reservation, which a writer ahead of time has left empty', async () => {
    const rows = new MemorySignalRows()
    const rowExpiresAt = Date.parse('2026-02-17T15:00:30Z') / 1000
    await rows.moveMark({ source: SOURCE, position: 1, rowExpiresAt }, null)
    await new SignalAppender(rows, behind, DAYS, NO_HISTORY).append(aSignal(1))
    expect((await rows.readRow(SOURCE, 1))?.expiresAt).toBe(rowExpiresAt)
  })
})

describe('rows of a run', () => {
  it('expire no earlier than the row below the first of them, and their markers a day after them', async () => {
    const rows = new MemorySignalRows()
    await new SignalAppender(rows, ahead, DAYS, NO_HISTORY).append(aSignal(1))
    const appender = new SignalAppender(rows, behind, DAYS, NO_HISTORY)
    const run = new RunAppender(rows, behind, DAYS, NO_HISTORY, appender)
    expect(await run.append([aSignal(2), aSignal(3), aSignal(4)], 2)).toBeNull()
    const found = await Promise.all([1, 2, 3, 4].map((position) => rows.readRow(SOURCE, position)))
    const expiresAt = Date.parse('2026-02-17T15:00:30Z') / 1000
    expect(found.map((row) => row?.expiresAt)).toEqual([expiresAt, expiresAt, expiresAt, expiresAt])
    const markers = await Promise.all([3, 4].map((seq) => rows.readMarker(signalId(aSignal(seq)))))
    expect(markers.map((marker) => marker?.expiresAt)).toEqual([expiresAt + 86_400, expiresAt + 86_400])
  })
})

describe('a marker of an earlier delivery', () => {
  it('is made to outlive the row that it names', async () => {
    const rows = new MemorySignalRows()
    const soon = Date.parse('2026-02-11T15:00:00Z') / 1000
    await rows.createMarker({ signalId: signalId(aSignal(1)), position: 1, expiresAt: soon })
    await new SignalAppender(rows, behind, DAYS, NO_HISTORY).append(aSignal(1))
    const row = await rows.readRow(SOURCE, 1)
    const marker = await rows.readMarker(signalId(aSignal(1)))
    expect(marker?.expiresAt).toBe((row?.expiresAt ?? 0) + 86_400)
  })
})

describe('the end of a log', () => {
  it('lies before a reservation that is empty, and at it once retention has removed its row', async () => {
    const rows = new MemorySignalRows()
    const rowExpiresAt = Date.parse('2026-02-17T15:00:00Z') / 1000
    await rows.moveMark({ source: SOURCE, position: 5, rowExpiresAt }, null)
    expect(await new SignalAppender(rows, behind, DAYS, NO_HISTORY).last(SOURCE)).toBe(4)
    const later = new HandClock('2026-02-18T15:00:00Z')
    expect(await new SignalAppender(rows, later, DAYS, NO_HISTORY).last(SOURCE)).toBe(5)
  })
})

describe('the history of a series', () => {
  it('keeps the newest 600 for ever, and those beyond them for as long as the log', async () => {
    const clock = new HandClock('2026-02-10T15:00:00Z')
    const { signals } = memoryStores(clock, DAYS)
    const base = aSignal(1)
    for (let seq = 1; seq <= 2000; seq += 1) {
      await signals.append({ ...base, seq, eventTs: plusSeconds(base.eventTs, seq) })
    }
    const kept = async () => (await signals.readHistory(base, 9999, 9999, clock.now())).length
    expect(await kept()).toBe(2000)
    clock.pass((DAYS + 2) * 86_400)
    // one append in 256 looks
    expect(await kept()).toBeGreaterThanOrEqual(600)
    expect(await kept()).toBeLessThan(1800)
  })
})

describe('a writer that has rested', () => {
  it('gives no position again that others have given, and retention has removed, meanwhile', async () => {
    const rows = new ForgettingRows()
    const clock = new HandClock('2026-02-10T15:00:00Z')
    const [rested, other] = [
      new SignalAppender(rows, clock, DAYS, NO_HISTORY),
      new SignalAppender(rows, clock, DAYS, NO_HISTORY),
    ]
    await rested.append(aSignal(1))
    await other.append(aSignal(2))
    await other.append(aSignal(3))
    clock.advance((DAYS + 1) * 86_400_000)
    rows.forgottenTo = 3
    expect(await rested.append(aSignal(4))).toEqual({ kind: 'appended', position: 4 })
  })
})
