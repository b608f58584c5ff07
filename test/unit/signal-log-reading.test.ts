/** What a reader of the signal log concludes from rows that it does not see (docs/architecture.md#signal-log). */
import { describe, expect, it } from 'vitest'
import { StoredSignalLog } from '../../lib/signals/stored-signal-log.ts'
import type { RowPage, SignalRow, SignalRows } from '../../lib/ports/signal-rows.ts'
import { signalId } from '../../lib/domain/ids.ts'
import { instant } from '../../lib/domain/time.ts'
import { aSignal } from '../support/state-samples.ts'
import { HandClock } from '../support/hand-clock.ts'

const NOW = instant('2010-05-10T00:00:00Z')
const PAST = NOW / 1000 - 1

/** A log of which an eventually consistent query shows `seen`, and a strongly consistent one `stored`. */
async function read(
  seen: readonly number[],
  stored: readonly number[],
  expired: readonly number[] = [],
  limit = 9,
  consistent = false,
) {
  const queries: boolean[] = []
  const rowAt = (position: number): SignalRow => {
    const signal = aSignal(position)
    return {
      position,
      signal,
      signalId: signalId(signal),
      expiresAt: expired.includes(position) ? PAST : null,
    }
  }
  const unused = () => Promise.reject(new Error('reading uses range queries only'))
  const rows: SignalRows = {
    fits: () => true,
    readMark: unused,
    moveMark: unused,
    readMarker: unused,
    createMarker: unused,
    moveMarker: unused,
    readRow: unused,
    createRow: unused,
    createHistory: unused,
    expireHistory: unused,
    queryHistory: unused,
    queryRows: async (_, after, count, consistent): Promise<RowPage> => {
      queries.push(consistent)
      const found = (consistent ? stored : seen).filter((position) => position > after)
      return { rows: found.slice(0, count).map(rowAt), more: found.length > count }
    },
  }
  const log = new StoredSignalLog(rows, new HandClock(NOW), 7, () => false)
  const batch = await log.readAfter('ta', 0, limit, NOW, consistent)
  return { positions: batch.signals.map(({ position }) => position), expired: batch.expired, queries }
}

describe('reading a signal log', () => {
  it('takes one eventually consistent query while nothing is missing', async () => {
    expect(await read([1, 2, 3], [1, 2, 3])).toEqual({
      positions: [1, 2, 3],
      expired: null,
      queries: [false],
    })
    expect(await read([], [])).toEqual({ positions: [], expired: null, queries: [false] })
  })

  it('takes one strongly consistent query where it is asked for, and needs no other one', async () => {
    expect(await read([], [1, 2, 3], [], 9, true)).toEqual({
      positions: [1, 2, 3],
      expired: null,
      queries: [true],
    })
    expect(await read([1], [3, 4], [], 9, true)).toEqual({
      positions: [3, 4],
      expired: { from: 1, to: 2 },
      queries: [true],
    })
  })

  it('lets what lies behind a hole wait', async () => {
    expect(await read([1, 2, 4], [1, 2, 3, 4])).toEqual({
      positions: [1, 2],
      expired: null,
      queries: [false],
    })
  })

  it('does not take a row that is not visible yet for an expired one', async () => {
    expect(await read([2, 3], [1, 2, 3])).toEqual({
      positions: [1, 2, 3],
      expired: null,
      queries: [false, true],
    })
  })

  it('skips as expired what a strongly consistent query does not find below the first live row', async () => {
    expect(await read([4, 5], [4, 5])).toMatchObject({ positions: [4, 5], expired: { from: 1, to: 3 } })
    expect(await read([4, 5], [3, 4, 5])).toMatchObject({ positions: [3, 4, 5], expired: { from: 1, to: 2 } })
    expect(await read([4, 5], [1, 4, 5])).toMatchObject({ positions: [1], expired: null })
  })

  it('skips rows past their expiry that are still there', async () => {
    expect(await read([1, 2, 3], [1, 2, 3], [1, 2])).toMatchObject({
      positions: [3],
      expired: { from: 1, to: 2 },
    })
    expect(await read([1, 2, 3], [1, 2, 3], [2])).toMatchObject({ positions: [1], expired: null })
    expect(await read([1, 3], [1, 2, 3], [1, 3])).toMatchObject({
      positions: [2],
      expired: { from: 1, to: 1 },
    })
  })

  it('skips no further than what was stored before the second query began', async () => {
    // position 6 became visible between the queries; 5 may not be visible to a query that saw 6 only
    expect(await read([4], [6], [4])).toMatchObject({ positions: [], expired: { from: 1, to: 4 } })
    expect(await read([3, 4], [1, 2, 3, 4], [1, 2, 3, 4], 2)).toMatchObject({
      positions: [],
      expired: { from: 1, to: 2 },
    })
  })
})
