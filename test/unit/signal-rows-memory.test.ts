/** A log in memory whose owner forgets what was read goes on where it was, and says so to whom asks for the rest. */
import { describe, expect, it } from 'vitest'
import { MemorySignalRows } from '../../lib/adapters/memory/signal-rows.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { HandClock } from '../support/hand-clock.ts'

const NOW = asEpochMs(Date.UTC(2024, 2, 6, 15))
const signal = (seq: number): Signal => ({
  eventTs: asEpochMs(NOW + seq * 60_000),
  symbol: 'AAPL',
  timeframe: '1Min',
  seq,
  source: 'ta',
  ingestTs: NOW,
  payload: { price: String(100 + seq) },
})

async function logOf(count: number) {
  const signalRows = new MemorySignalRows()
  const { signals } = memoryStores(new HandClock(NOW), null, { signalRows })
  for (let seq = 1; seq <= count; seq += 1) await signals.append(signal(seq))
  return { signalRows, signals }
}

describe('a log that forgets what was read', () => {
  it('goes on with the next position', async () => {
    const { signalRows, signals } = await logOf(5)
    signalRows.forgetRead()
    expect(await signals.end('ta')).toBe(5)
    expect(await signals.append(signal(6))).toEqual({ kind: 'appended', position: 6 })
    const { signals: read } = await signals.readAfter('ta', 5, 10, NOW)
    expect(read.map(({ position }) => position)).toEqual([6])
    signalRows.forgetRead()
    signalRows.forgetRead()
    expect(await signals.append(signal(7))).toEqual({ kind: 'appended', position: 7 })
  })

  it('shows nothing after its end', async () => {
    const { signalRows, signals } = await logOf(5)
    signalRows.forgetRead()
    expect(await signals.readAfter('ta', 5, 10, NOW)).toEqual({ signals: [], expired: null })
  })

  it('takes its last signal for a duplicate, and an earlier one not for a new one', async () => {
    const { signalRows, signals } = await logOf(5)
    signalRows.forgetRead()
    expect(await signals.append(signal(5))).toEqual({ kind: 'duplicate', position: 5 })
    await expect(signals.append(signal(2))).rejects.toThrow('position 2 is kept no longer')
  })

  it('refuses to show what it forgot', async () => {
    const { signalRows, signals } = await logOf(5)
    signalRows.forgetRead()
    await expect(signals.readAfter('ta', 3, 10, NOW)).rejects.toThrow('position 4 is kept no longer')
  })

  it('forgets nothing of a log that nobody has written to', () => {
    expect(() => new MemorySignalRows().forgetRead()).not.toThrow()
  })
})
