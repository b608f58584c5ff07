/** What a process keeps of earlier signals (docs/architecture.md#history): it saves reads and changes no answer. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { SignalBatch } from '../../lib/domain/signal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { KeptWindows } from '../../lib/lanes/kept-windows.ts'
import type { SignalLog } from '../../lib/ports/signal-log.ts'
import type { HistoryWindows } from '../../lib/strategy/history.ts'
import { HandClock } from '../support/hand-clock.ts'
import { TICK, compiled, signal } from '../support/plan-fixtures.ts'
import { aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

const SIGNALS = 160
const strategies = compiled(
  [aStrategy('one', { strategyType: 'back', params: {} })],
  [{ ...pluginGiving('back', () => null), history: 3 }],
)

async function aLog(symbols: readonly string[]): Promise<SignalLog> {
  const { signals } = memoryStores(new HandClock(TICK))
  for (const [index, symbol] of symbols.entries()) {
    // now and then one comes late
    const minute = index % 11 === 10 ? index - 5 : index
    await signals.append({ ...signal({ symbol }), seq: index, eventTs: plusSeconds(TICK, minute * 60) })
  }
  return signals
}

const positions = (windows: HistoryWindows) =>
  Object.fromEntries([...windows].map(([key, past]) => [key, past.map(({ position }) => position)]))

describe('kept windows', () => {
  it('are what a process that keeps nothing would read, whatever batches it has seen', async () => {
    const symbols = fc.array(fc.constantFrom('A', 'B', 'C'), { minLength: SIGNALS, maxLength: SIGNALS })
    const cursors = fc.array(
      fc.record({ from: fc.nat(SIGNALS - 1), count: fc.integer({ min: 1, max: 40 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    await fc.assert(
      fc.asyncProperty(symbols, cursors, async (drawn, batches) => {
        const log = await aLog(drawn)
        const kept = new KeptWindows(log)
        for (const { from, count } of batches) {
          const batch = await log.readAfter('ta', from, count, TICK)
          const read = await new KeptWindows(log).before(batch, strategies, TICK)
          expect(positions(await kept.before(batch, strategies, TICK))).toEqual(positions(read))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are read once per series while batches follow each other', async () => {
    const log = await aLog(Array.from({ length: SIGNALS }, (_, index) => (index % 2 === 0 ? 'A' : 'B')))
    let reads = 0
    const counting: Pick<SignalLog, 'readHistory'> = {
      readHistory: (...asked) => {
        reads += 1
        return log.readHistory(...asked)
      },
    }
    const kept = new KeptWindows(counting)
    for (let cursor = 0; cursor < SIGNALS; cursor += 8) {
      await kept.before(await log.readAfter('ta', cursor, 8, TICK), strategies, TICK)
    }
    expect(reads).toBe(2)
    const nobody: SignalBatch = { signals: [], expired: null }
    expect((await kept.before(nobody, strategies, TICK)).size).toBe(0)
    expect((await kept.before(await log.readAfter('ta', 0, 8, TICK), compiled(), TICK)).size).toBe(0)
    expect(reads).toBe(2)
  })
})
