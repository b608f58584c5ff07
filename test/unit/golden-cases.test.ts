/**
 * The strategy core on golden cases: our own, and those recorded from the system that Torghut replaces where they
 * are.
 */
import { describe, expect, it } from 'vitest'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { RawIntent } from '../../lib/domain/intent.ts'
import { aggregateIntents } from '../../lib/strategy/aggregator.ts'
import { CircuitBook } from '../../lib/strategy/circuit.ts'
import { compileStrategies } from '../../lib/strategy/compile.ts'
import { normalizeFeatures } from '../../lib/strategy/features.ts'
import { loadPluginModule } from '../../lib/adapters/files/load-plugin-module.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { evaluateSignal } from '../../lib/strategy/runtime.ts'
import {
  GOLDEN_SETS,
  type GoldenRaw,
  type GoldenSignal,
  comparable,
  definitionOf,
  goldenPlugins,
  readGoldenCases,
  signalOf,
} from '../support/golden-cases.ts'

const TEXT_VALUES = new Set(['signal_quality_flag', 'route_regime_label'])

describe.each(GOLDEN_SETS)('$name', (set) => {
  it('features.jsonl: payloads become contract v3', () => {
    const cases = readGoldenCases(set, 'features')
    for (const { signal, expect: expected } of cases) {
      expect({ signal, ...featuresOf(signal) }).toEqual({
        signal,
        values: expected.values === null ? null : pinnedValues(expected.values),
        error: expected.error,
      })
    }
  })

  it('runtime.jsonl: strategies, circuits and aggregation step by step', async () => {
    const registry = builtinRegistry((await loadPluginModule(goldenPlugins(set))).plugins)
    const cases = readGoldenCases(set, 'runtime')
    for (const { strategies, steps, circuit_errors, circuit_cooldown_seconds } of cases) {
      const compiled = compileStrategies(strategies.map(definitionOf), registry, {
        circuitErrors: circuit_errors,
        circuitCooldownSeconds: circuit_cooldown_seconds,
      })
      let circuits = new CircuitBook()
      for (const { signal, expect: expected } of steps) {
        const { normalizationError, raw, errors } = evaluateSignal(compiled, circuits, signalOf(signal))
        const { intents, conflicts } = aggregateIntents(raw)
        const actual = {
          normalization_error: normalizationError,
          intents: intents.map(wireIntent),
          raw: raw.map(wireRaw),
          errors: errors.map(({ strategyId, reason }) => ({ strategy_id: strategyId, reason })),
          conflicts,
        }
        expect(comparable({ signal, ...actual })).toMatchObject(comparable({ signal, ...expected }) as object)
        circuits = new CircuitBook(circuits.toStates())
      }
    }
  })

  it('aggregator.jsonl: conflicts are resolved', () => {
    const cases = readGoldenCases(set, 'aggregator')
    for (const { intents, expect: expected } of cases) {
      const result = aggregateIntents(intents.map(rawOf))
      expect(result.conflicts).toBe(expected.conflicts)
      expect(result.intents.map(wireIntent)).toMatchObject(
        expected.aggregated.map(({ feature_snapshot_hashes: _hashes, ...intent }) => comparable(intent)),
      )
      expect(result.intents.map(({ featureSnapshotHashes }) => featureSnapshotHashes)).toEqual(
        expected.aggregated.map(({ feature_snapshot_hashes }) => feature_snapshot_hashes),
      )
    }
  })
})

function featuresOf(signal: GoldenSignal) {
  const result = normalizeFeatures(signalOf(signal))
  return result.kind === 'ok'
    ? { values: { ...result.features.values }, error: null }
    : { values: null, error: result.error }
}

/** Numbers as Decimals: they are compared by value, not by how many zeros they were written with. */
function pinnedValues(values: Readonly<Record<string, string | number | null>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value === null || TEXT_VALUES.has(name) ? value : decimal(value),
    ]),
  )
}

function rawOf(golden: GoldenRaw): RawIntent {
  return {
    strategyId: golden.strategy_id,
    symbol: golden.symbol,
    horizon: golden.horizon,
    direction: golden.direction,
    confidence: decimal(golden.confidence),
    targetNotional: decimal(golden.target_notional),
    explain: golden.explain,
    pluginId: 'recorded',
    pluginVersion: '1.0.0',
    featureSnapshotHash: golden.feature_snapshot_hash,
  }
}

function wireIntent(intent: ReturnType<typeof aggregateIntents>['intents'][number]) {
  return {
    symbol: intent.symbol,
    direction: intent.direction,
    confidence: formatDecimal(intent.confidence),
    target_notional: formatDecimal(intent.targetNotional),
    horizon: intent.horizon,
    explain: intent.explain,
    source_strategy_ids: intent.sourceStrategyIds,
  }
}

function wireRaw(intent: RawIntent) {
  return {
    strategy_id: intent.strategyId,
    direction: intent.direction,
    confidence: formatDecimal(intent.confidence),
    target_notional: formatDecimal(intent.targetNotional),
    plugin_id: intent.pluginId,
    plugin_version: intent.pluginVersion,
  }
}
