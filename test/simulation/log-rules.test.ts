/** What the checker says of logs that no run of the code as it is brings about: places left empty too early, bars stored twice. */
import { describe, expect, it } from 'vitest'
import type { Attributes } from '../support/simulated-dynamodb/evaluate.ts'
import { BarWindowRules } from './sim/bar-window-rules.ts'
import { runSeed } from './sim/run.ts'
import { drawScenario } from './sim/scenario.ts'
import { SignalLogView } from './sim/signal-log-view.ts'
import { specially } from './sim/special.ts'

const row = (position: number, expires: number): Attributes => ({
  position: { N: String(position) },
  seq: { N: String(position) },
  expires_at: { N: String(expires) },
  source: { S: 'ta' },
  signal_id: { S: `signal-${position}` },
})
const mark = (position: number, expires: number): Attributes => ({
  position: { N: String(position) },
  row_expires_at: { N: String(expires) },
  source: { S: 'ta' },
})

describe('a place that was reserved and never filled', () => {
  it.each([
    { what: 'the first one', below: 0 },
    { what: 'one above a row', below: 1 },
  ])('is passed when its reservation has expired, and not before: $what', ({ below }) => {
    const passedAt = (now: number) => {
      const log = new SignalLogView()
      for (let position = 1; position <= below; position += 1) log.wrote('signals', row(position, 10), 0)
      log.wrote('high_water', mark(below + 1, 12), 1000)
      return log.wrote('signals', row(below + 2, 40), now)
    }
    expect(passedAt(11_000)).toEqual([['signal-log', `row ${below + 2} was put after row ${below}`]])
    expect(passedAt(12_000)).toEqual([])
  })

  it.each([1, 2, 3])('is left empty by a run, and all signals are stored (seed %i)', async (seed) => {
    const scenario = specially(seed, drawScenario(seed), 'expiring')
    const { trace, faults, violations } = await runSeed(seed, { scenario, faults: [], trace: true })
    expect(violations).toEqual([])
    expect(faults.map(({ kind }) => kind)).toContain('reservation_abandoned')
    const put = trace.flatMap((line) => / PutItem signals#ta (\d+)$/.exec(line)?.[1] ?? []).map(Number)
    const filled = new Set(put)
    const last = Math.max(...put)
    const empty = Array.from({ length: last }, (_, index) => index + 1).filter((one) => !filled.has(one))
    expect(empty).toHaveLength(1)
  })
})

describe('bars that come in windows', () => {
  const END = Date.parse('2026-02-10T19:00:00Z')
  const stored = (position: number, price = '100.5', symbol = 'AAPL'): Attributes => ({
    symbol: { S: symbol },
    timeframe: { S: '1Min' },
    event_ts: { S: '2026-02-10T19:00:00Z' },
    position: { N: String(position) },
    payload: { S: JSON.stringify({ price }) },
  })
  const told = () => {
    const rules = new BarWindowRules()
    for (let windows = 0; windows < 2; windows += 1) rules.told('AAPL', END, 100.5)
    return rules
  }

  it('are one signal each', () => {
    const rules = told()
    expect(rules.judgeLog()).toHaveLength(1)
    expect(rules.wroteRow(stored(4))).toEqual([])
    expect(rules.judgeLog()).toEqual([])
    expect(rules.wroteRow(stored(6))).toEqual([
      ['signal-log', 'AAPL 2026-02-10T19:00:00Z: one bar is two signals, at 4 and 6'],
    ])
  })

  it('are those that were told, as they were told', () => {
    expect(told().wroteRow(stored(1, '100.6'))).toHaveLength(1)
    expect(told().wroteRow(stored(1, '100.5', 'MSFT'))).toHaveLength(1)
  })
})
