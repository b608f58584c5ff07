/** The floor counts only as long as it computes the same: every signal's intents are compared. */
import { type Decimal, formatDecimal } from '../lib/domain/decimal.ts'
import type { Signal } from '../lib/domain/signal.ts'
import type { CompiledStrategies } from '../lib/strategy/compile.ts'
import { type FloorResult, type FloorStrategy, floorSignal } from './floor.ts'
import { type RealResult, runReal } from './real.ts'

/** Doubles carry the floor's sums, so they are compared to the fourth digit. */
const TOLERANCE = 1e-4

/** @throws on the first signal where runtime and floor differ */
export function checkAgreement(
  signals: readonly Signal[],
  compiled: CompiledStrategies,
  plain: readonly FloorStrategy[],
): void {
  runReal(compiled, signals, (real, index) => {
    const signal = signals[index] as Signal
    const floor = floorSignal(plain, signal)
    if (summaryOf(real) !== summaryOfFloor(floor) || !closeEnough(real, floor)) {
      throw new Error(`runtime and floor differ at signal ${signal.symbol} ${signal.seq}`)
    }
  })
}

function summaryOf({ evaluation, intents, conflicts }: RealResult): string {
  if (evaluation.normalizationError !== null) return 'refused'
  const raw = evaluation.raw.map(({ strategyId, direction }) => [strategyId, direction])
  const answers = intents.map(({ direction, explain, sourceStrategyIds }) => [
    direction,
    explain,
    sourceStrategyIds,
  ])
  return JSON.stringify([raw, answers, conflicts])
}

function summaryOfFloor(floor: FloorResult | null): string {
  if (floor === null) return 'refused'
  const side = (buy: boolean) => (buy ? 'buy' : 'sell')
  const raw = floor.raw.map(({ strategyId, buy }) => [strategyId, side(buy)])
  const { answer } = floor
  const answers = answer === null ? [] : [[side(answer.buy), answer.explain, answer.sources]]
  return JSON.stringify([raw, answers, floor.conflict ? 1 : 0])
}

function closeEnough({ intents }: RealResult, floor: FloorResult | null): boolean {
  const real = intents[0]
  const answer = floor?.answer ?? null
  if (real === undefined || answer === null) return real === undefined && answer === null
  return near(real.confidence, answer.confidence) && near(real.targetNotional, answer.notional)
}

function near(exact: Decimal, double: number): boolean {
  return Math.abs(Number(formatDecimal(exact)) - double) <= TOLERANCE
}
