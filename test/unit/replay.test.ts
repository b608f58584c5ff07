/** `torghut replay run` without its files: lines as the contract has them, one digest for equal inputs. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import type { Signal } from '../../lib/domain/signal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import { Replay } from '../../lib/replay/runner.ts'
import type { CompiledStrategies } from '../../lib/strategy/compile.ts'
import { RECORDED_BARS, hasRecordedBars } from '../support/shared-folder.ts'
import { BUYER, compile, definitionWith, pluginGiving, signalWith } from '../support/strategy-fixtures.ts'

function replayAll(compiled: CompiledStrategies, signals: readonly Signal[]) {
  const replay = new Replay(compiled)
  const lines = signals.map((signal) => replay.next(signal))
  return {
    lines: lines.map(({ line }) => line),
    json: lines.map(({ json }) => json),
    summary: replay.finish(),
  }
}

const failing = pluginGiving('failing', () => {
  throw new Error('boom')
})
const definitions = [
  definitionWith('buys', 'buyer'),
  definitionWith('fails', 'failing'),
  definitionWith('legacy', 'legacy_macd_rsi', { params: { max_notional_per_trade: '250.50' } }),
  definitionWith('absent', 'nowhere'),
]
const plugins = [BUYER, failing]
const sell = { macd: '0', macd_signal: '1', rsi14: '70' }
const start = signalWith().eventTs
const signals = [
  signalWith(sell, { seq: 1 }),
  signalWith({ rsi14: null }, { seq: 2, eventTs: plusSeconds(start, 60.25) }),
  signalWith(sell, { seq: 3, eventTs: plusSeconds(start, 120) }),
]

describe('replay', () => {
  it('prints one line per signal, keys in the order of the contract', () => {
    const { json } = replayAll(compile(definitions, plugins, { errors: 1, cooldownSeconds: 300 }), signals)
    const aggregated =
      '[{"symbol":"SPY","direction":"sell","confidence":"0.65","target_notional":"250.5","horizon":"1Min",' +
      '"explain":["macd_cross_down","rsi_overbought","intent_conflict_resolved"],"source_strategy_ids":["legacy"]}]'
    const raw =
      '[{"strategy_id":"buys","direction":"buy","confidence":"0.5","target_notional":"100","plugin_id":"buyer",' +
      '"plugin_version":"1.0.0"},{"strategy_id":"legacy","direction":"sell","confidence":"0.65",' +
      '"target_notional":"250.5","plugin_id":"legacy_macd_rsi","plugin_version":"1.0.0"}]'
    const line = (at: string, seq: number, reason: string) =>
      `{"event_ts":"${at}","symbol":"SPY","seq":${seq},"normalization_error":null,"intents":${aggregated},` +
      `"raw":${raw},"errors":[{"strategy_id":"absent","reason":"plugin_not_found"},` +
      `{"strategy_id":"fails","reason":"${reason}"}],"conflicts":1}`
    expect(json).toEqual([
      line('2026-02-10T14:30:00Z', 1, 'plugin_error'),
      '{"event_ts":"2026-02-10T14:31:00.250Z","symbol":"SPY","seq":2,' +
        '"normalization_error":"missing_required_features:rsi14","intents":[],"raw":[],"errors":[],"conflicts":0}',
      line('2026-02-10T14:32:00Z', 3, 'strategy_degraded'),
    ])
  })

  it('ends with counts and the sha256 of the lines as printed', () => {
    const { json, summary } = replayAll(compile(definitions, plugins), signals)
    const text = json.map((line) => `${line}\n`).join('')
    const digest = createHash('sha256').update(text).digest('hex')
    expect(summary).toEqual({ signals: 3, intents: 2, conflicts: 2, errors: 4, digest })
  })

  it('gives the same lines and digest for any order of the strategies', () => {
    const expected = replayAll(compile(definitions, plugins), signals)
    fc.assert(
      fc.property(fc.shuffledSubarray(definitions, { minLength: definitions.length }), (shuffled) => {
        expect(replayAll(compile(shuffled, plugins), signals)).toEqual(expected)
      }),
      { numRuns: 24 },
    )
  })

  it('gives another digest for other inputs', () => {
    const digestOf = (given: readonly Signal[]) =>
      replayAll(compile(definitions, plugins), given).summary.digest
    const digests = [signals, signals.slice(1), signals.toReversed(), []].map(digestOf)
    expect(new Set(digests).size).toBe(digests.length)
  })
})

describe.skipIf(!hasRecordedBars)('replay of real minute bars', () => {
  it('runs 13,429 bars through 20 strategies, twice alike, with intents of both built-ins', () => {
    const bars = signalsFromBars(
      parseBars(readFileSync(RECORDED_BARS, 'utf8'), RECORDED_BARS),
      createCalendar('us_equities'),
    ).signals
    const twenty = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? definitionWith(`s${index}`, 'legacy_macd_rsi')
        : definitionWith(`s${index}`, 'intraday_tsmom', { version: '1.1.0' }),
    )
    const first = replayAll(compile(twenty), bars)
    expect(replayAll(compile(twenty.toReversed()), bars).summary).toEqual(first.summary)
    expect(first.summary).toMatchObject({ signals: 13_429, errors: 0 })
    const pluginIds = new Set(first.lines.flatMap(({ raw }) => raw.map(({ pluginId }) => pluginId)))
    expect([...pluginIds].sort()).toEqual(['intraday_tsmom', 'legacy_macd_rsi'])
    const directions = new Set(
      first.lines.flatMap(({ intents }) => intents.map(({ direction }) => direction)),
    )
    expect([...directions].sort()).toEqual(['buy', 'sell'])
  })
})
