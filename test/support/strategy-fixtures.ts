/** Signals, strategies and plugins for tests of the strategy core. */
import { decimal } from '../../lib/domain/decimal.ts'
import type { Json, Signal } from '../../lib/domain/signal.ts'
import { instant } from '../../lib/domain/time.ts'
import { CircuitBook } from '../../lib/strategy/circuit.ts'
import { type CompiledStrategies, compileStrategies } from '../../lib/strategy/compile.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import type { StrategyPlugin } from '../../lib/strategy/plugin.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { evaluateSignal } from '../../lib/strategy/runtime.ts'
import type { SignalEvaluation } from '../../lib/strategy/signal-evaluation.ts'
import { aSignal } from './state-samples.ts'

/** A payload that every required feature can be read from. */
const COMPLETE_PAYLOAD = { price: '100', macd: '0.5', macd_signal: '0.1', rsi14: '50' } as const

export function signalWith(
  payload: Readonly<Record<string, Json>> = {},
  changes: Partial<Omit<Signal, 'payload'>> = {},
): Signal {
  return aSignal(1, {
    eventTs: instant('2026-02-10T14:30:00Z'),
    symbol: 'SPY',
    timeframe: '1Min',
    payload: { ...COMPLETE_PAYLOAD, ...payload },
    ...changes,
  })
}

/** A strategy of the legacy rule with a notional of 1000, for everything of one minute. */
export function aStrategy(id: string, changes: Partial<StrategyDefinition> = {}): StrategyDefinition {
  return {
    id,
    name: id,
    strategyType: 'legacy_macd_rsi',
    version: '1.0.0',
    enabled: true,
    baseTimeframe: '1Min',
    universeSymbols: null,
    legacyFallback: null,
    params: { max_notional_per_trade: '1000' },
    ...changes,
  }
}

/** A strategy of the plugin `<type>@1.0.0`, without parameters. */
export function definitionWith(
  id: string,
  strategyType: string,
  changes: Partial<StrategyDefinition> = {},
): StrategyDefinition {
  return aStrategy(id, { name: `Strategy ${id}`, strategyType, params: {}, ...changes })
}

/** A plugin `<id>@1.0.0` whose answer, however malformed, is what `answer` gives. */
export function pluginGiving(
  pluginId: string,
  answer: (...args: Parameters<StrategyPlugin['evaluate']>) => unknown,
  requiredFeatures: StrategyPlugin['requiredFeatures'] = ['price'],
): StrategyPlugin {
  return {
    pluginId,
    version: '1.0.0',
    requiredFeatures,
    evaluate: answer as StrategyPlugin['evaluate'],
  }
}

export const BUY_INTENT = {
  direction: 'buy',
  confidence: decimal('0.5'),
  targetNotional: decimal('100'),
  explain: ['wanted'] as readonly string[],
} as const

/** Always wants to buy. */
export const BUYER = pluginGiving('buyer', () => BUY_INTENT)

export function compile(
  definitions: readonly StrategyDefinition[],
  plugins: readonly StrategyPlugin[] = [],
  circuit: { readonly errors: number; readonly cooldownSeconds: number } = { errors: 3, cooldownSeconds: 60 },
): CompiledStrategies {
  return compileStrategies(definitions, builtinRegistry(plugins), {
    circuitErrors: circuit.errors,
    circuitCooldownSeconds: circuit.cooldownSeconds,
  })
}

/** One signal with all circuits closed. */
export function evaluateOnce(compiled: CompiledStrategies, signal: Signal = signalWith()): SignalEvaluation {
  return evaluateSignal(compiled, new CircuitBook(), signal)
}
