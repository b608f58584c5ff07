/**
 * The signal log in every kind of state: dense positions, one per signal, conflicts quarantined, expiry that
 * readers see (docs/architecture.md#signal-log).
 */
import { describe, expect, it } from 'vitest'
import { signalId } from '../../lib/domain/ids.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import type { SignalSeries } from '../../lib/domain/signal-series.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { RETENTION_DAYS, STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { SOURCE, aSignal } from '../support/state-samples.ts'

const DAY = 86_400

describe.each(STATE_BACKENDS)('signal log: $name', ({ open }) => {
  const state = freshState(open)
  const opened = () => ({ ...state(), log: state().stores.signals })

  const logged = (position: number, seq: number) => ({
    position,
    signalId: signalId(aSignal(seq)),
    signal: aSignal(seq),
  })

  it('gives dense positions from 1, one log per source', async () => {
    const { log, clock } = opened()
    expect(await log.end(SOURCE)).toBe(0)
    expect(await log.append(aSignal(10))).toEqual({ kind: 'appended', position: 1 })
    expect(await log.append(aSignal(20))).toEqual({ kind: 'appended', position: 2 })
    expect(await log.append(aSignal(10, { source: 'other' }))).toEqual({ kind: 'appended', position: 1 })
    expect(await log.end(SOURCE)).toBe(2)
    const batch = await log.readAfter(SOURCE, 0, 500, clock.now())
    expect(batch).toEqual({ signals: [logged(1, 10), logged(2, 20)], expired: null })
  })

  it('stores a redelivered signal once, whatever the order of its payload', async () => {
    const { log, clock } = opened()
    await log.append(aSignal(1))
    await log.append(aSignal(2))
    const { price, macd, rsi14 } = aSignal(1).payload
    const reordered = aSignal(1, {
      payload: { rsi14: rsi14 ?? null, macd: macd ?? null, price: price ?? null },
    })
    expect(await log.append(reordered)).toEqual({ kind: 'duplicate', position: 1 })
    const { signals } = await log.readAfter(SOURCE, 0, 500, clock.now())
    expect(signals.map(({ position }) => position)).toEqual([1, 2])
  })

  it('refuses the same id with another payload', async () => {
    const { log, clock } = opened()
    await log.append(aSignal(1))
    const other = aSignal(1, { payload: { price: 1 } })
    expect(await log.append(other)).toEqual({ kind: 'conflicting_payload', position: 1 })
    expect(await log.append(other)).toEqual({ kind: 'conflicting_payload', position: 1 })
    expect(await log.end(SOURCE)).toBe(1)
    expect((await log.readAfter(SOURCE, 0, 500, clock.now())).signals).toEqual([logged(1, 1)])
  })

  it('reads after the cursor, at most as many as asked for', async () => {
    const { log, clock } = opened()
    for (const seq of [1, 2, 3, 4, 5]) await log.append(aSignal(seq))
    const { signals } = await log.readAfter(SOURCE, 1, 3, clock.now())
    expect(signals).toEqual([logged(2, 2), logged(3, 3), logged(4, 4)])
    expect(await log.readAfter(SOURCE, 5, 3, clock.now())).toEqual({ signals: [], expired: null })
  })

  it('counts rows past their retention as gone, removed or not', async () => {
    const { log, clock } = opened()
    const start = clock.now()
    await log.append(aSignal(1))
    await log.append(aSignal(2))
    clock.set(plusSeconds(start, 3 * DAY))
    await log.append(aSignal(3))
    const expiry = plusSeconds(start, RETENTION_DAYS * DAY)
    expect((await log.readAfter(SOURCE, 0, 500, plusSeconds(expiry, -1))).signals).toHaveLength(3)
    expect(await log.readAfter(SOURCE, 0, 500, expiry)).toEqual({
      signals: [logged(3, 3)],
      expired: { from: 1, to: 2 },
    })
    // a lane that is past them already has nothing to skip
    expect((await log.readAfter(SOURCE, 2, 500, expiry)).expired).toBeNull()
  })

  it('skips expired rows even where a whole batch of them is left', async () => {
    const { log, clock } = opened()
    const start = clock.now()
    for (const seq of [1, 2, 3, 4]) await log.append(aSignal(seq))
    const late = plusSeconds(start, 30 * DAY)
    expect(await log.readAfter(SOURCE, 0, 3, late)).toEqual({ signals: [], expired: { from: 1, to: 3 } })
    expect(await log.readAfter(SOURCE, 3, 3, late)).toEqual({ signals: [], expired: { from: 4, to: 4 } })
    clock.set(late)
    expect(await log.append(aSignal(5))).toEqual({ kind: 'appended', position: 5 })
  })

  const SERIES = { source: SOURCE, symbol: 'AAPL', timeframe: '1Day' }
  const day = (seq: number, changes: Partial<Signal> = {}) =>
    aSignal(seq, { eventTs: plusSeconds(aSignal(1).eventTs, seq * DAY), ...changes })

  it('keeps the history of each series, in the order of time, below any position', async () => {
    const { log, clock } = opened()
    const signals = [
      day(1),
      day(2, { symbol: 'MSFT' }),
      day(3),
      // late, without a price, and once more
      day(2, { seq: 20 }),
      day(4, { payload: { rsi14: 50 } }),
      day(3),
      day(5),
    ]
    for (const signal of signals) await log.append(signal)
    const read = async (below: number, limit: number, series: SignalSeries = SERIES) =>
      (await log.readHistory(series, below, limit, clock.now())).map(({ position }) => position)
    expect(await read(9, 9)).toEqual([1, 3, 6])
    expect(await read(9, 2)).toEqual([3, 6])
    expect(await read(6, 9)).toEqual([1, 3])
    expect(await read(9, 9, { ...SERIES, symbol: 'MSFT' })).toEqual([2])
    expect(await read(9, 9, { ...SERIES, source: 'other' })).toEqual([])
    const [first] = await log.readHistory(SERIES, 9, 9, clock.now())
    expect(first).toEqual({ position: 1, signalId: signalId(day(1)), signal: day(1) })
  })

  it('remembers in the history what retention has forgotten, and takes none of it twice', async () => {
    const { log, clock } = opened()
    await log.append(day(1))
    await log.append(day(2))
    clock.pass((RETENTION_DAYS + 2) * DAY)
    await log.append(day(3))
    // it has no position any more, and gets another
    await log.append(day(1))
    await log.append(day(4))
    const past = await log.readHistory(SERIES, 99, 9, clock.now())
    expect(past.map(({ signal: { seq } }) => seq)).toEqual([1, 2, 3, 4])
  })
})
