/** Signals per second of the runtime and of the floor, in interleaved rounds of one process. */
import { decimal } from '../lib/domain/decimal.ts'
import type { Signal } from '../lib/domain/signal.ts'
import type { StrategyPlugin } from '../lib/strategy/plugin.ts'
import { checkAgreement } from './agreement.ts'
import { floorSignal } from './floor.ts'
import { benchStrategies, floorStrategies } from './inputs.ts'
import { compileForBench, runReal } from './real.ts'

export interface Throughput {
  readonly strategies: number
  /** Signals per second, median of the rounds. */
  readonly real: number
  readonly floor: number
  /** Share of the floor's speed, median of the rounds' shares: a busy machine slows both of a round. */
  readonly share: number
}

const WARM_UP_ROUNDS = 3
const ROUNDS = 15

/** @throws if runtime and floor come to different results */
export function measureThroughput(signals: readonly Signal[], strategyCount: number): Throughput {
  const timeframe = signals[0]?.timeframe ?? '1Min'
  const definitions = benchStrategies(strategyCount, timeframe)
  const compiled = compileForBench(definitions)
  const plain = floorStrategies(definitions)
  checkAgreement(signals, compiled, plain)
  const realTimes: number[] = []
  const floorTimes: number[] = []
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const seen = { real: 0, floor: 0, hashed: 0 }
    const realMs = elapsed(() => {
      runReal(compiled, signals, ({ evaluation, intents, conflicts }) => {
        seen.real += evaluation.raw.length + intents.length + conflicts
        if (evaluation.features !== null) seen.hashed += evaluation.features.hash.length
      })
    })
    const floorMs = elapsed(() => {
      for (const signal of signals) {
        const result = floorSignal(plain, signal)
        if (result === null) continue
        seen.floor += result.raw.length + (result.answer === null ? 0 : 1) + (result.conflict ? 1 : 0)
        seen.hashed -= result.hash.length
      }
    })
    if (seen.real !== seen.floor || seen.hashed !== 0) throw new Error('runtime and floor disagree')
    if (round < WARM_UP_ROUNDS) continue
    realTimes.push(realMs)
    floorTimes.push(floorMs)
  }
  const shares = realTimes.map((realMs, round) => (floorTimes[round] ?? Number.NaN) / realMs)
  return {
    strategies: strategyCount,
    real: perSecond(signals, realTimes),
    floor: perSecond(signals, floorTimes),
    share: median(shares),
  }
}

/** A plugin as a user writes it: a context per call, Decimals, an intent now and then. */
export const userPlugin: StrategyPlugin = {
  pluginId: 'bench_user',
  version: '1.0.0',
  requiredFeatures: ['macd', 'macd_signal', 'rsi14'],
  evaluate: (_context, { values: { macd, macd_signal: signal, rsi14 } }) => {
    if (macd === null || signal === null || rsi14 === null || rsi14 > 3_000_000_000n || macd <= signal)
      return null
    return {
      direction: 'buy',
      confidence: OVERSOLD_CONFIDENCE,
      targetNotional: NOTIONAL,
      explain: ['oversold'],
    }
  },
}
const OVERSOLD_CONFIDENCE = decimal('0.5')
const NOTIONAL = decimal('1000')

/** The same, looking back. */
export const lookingBack = (history: number): StrategyPlugin => ({ ...userPlugin, history })

/** Signals per second with strategies of a user plugin only; there is no floor for those. */
export function measureUserPlugin(
  signals: readonly Signal[],
  strategyCount: number,
  plugin: StrategyPlugin = userPlugin,
): number {
  const definitions = benchStrategies(strategyCount, signals[0]?.timeframe ?? '1Min').map((definition) =>
    Object.assign(definition, { strategyType: userPlugin.pluginId, version: userPlugin.version }),
  )
  const compiled = compileForBench(definitions, [plugin])
  const times = Array.from({ length: WARM_UP_ROUNDS + 5 }, () =>
    elapsed(() => {
      runReal(compiled, signals, () => undefined)
    }),
  )
  return perSecond(signals, times.slice(WARM_UP_ROUNDS))
}

function perSecond(signals: readonly Signal[], times: readonly number[]): number {
  return (signals.length * 1000) / median(times)
}

function elapsed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
