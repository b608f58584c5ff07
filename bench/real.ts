/** The real runtime as the benchmark calls it: what a cycle or a replay does with each signal. */
import type { AggregatedIntent } from '../lib/domain/intent.ts'
import type { Signal } from '../lib/domain/signal.ts'
import { aggregateIntents } from '../lib/strategy/aggregator.ts'
import { CircuitBook } from '../lib/strategy/circuit.ts'
import { type CompiledStrategies, compileStrategies, historyAsked } from '../lib/strategy/compile.ts'
import type { StrategyDefinition } from '../lib/domain/strategy-definition.ts'
import type { StrategyPlugin } from '../lib/strategy/plugin.ts'
import { builtinRegistry } from '../lib/strategy/registry.ts'
import { evaluateSignal } from '../lib/strategy/runtime.ts'
import { History } from '../lib/strategy/history.ts'
import { BY_ITSELF, type SignalEvaluation } from '../lib/strategy/signal-evaluation.ts'

export interface RealResult {
  readonly evaluation: SignalEvaluation
  readonly intents: readonly AggregatedIntent[]
  readonly conflicts: number
}

export function compileForBench(
  definitions: readonly StrategyDefinition[],
  userPlugins: readonly StrategyPlugin[] = [],
): CompiledStrategies {
  const options = { circuitErrors: 3, circuitCooldownSeconds: 300 }
  return compileStrategies(definitions, builtinRegistry(userPlugins), options)
}

/** Evaluates signals one after the other, as one lane does, handing each result to `consume`. */
export function runReal(
  compiled: CompiledStrategies,
  signals: readonly Signal[],
  consume: (result: RealResult, index: number) => void,
): void {
  const circuits = new CircuitBook()
  const history = compiled.looksBack ? new History() : null
  for (let index = 0; index < signals.length; index += 1) {
    const signal = signals[index] as Signal
    const around = history === null ? BY_ITSELF : { ...BY_ITSELF, history: history.before(signal) }
    const evaluation = evaluateSignal(compiled, circuits, signal, around)
    history?.add({ position: index + 1, signal }, historyAsked(compiled, signal))
    const { intents, conflicts } = aggregateIntents(evaluation.raw)
    consume({ evaluation, intents, conflicts }, index)
  }
}
