/**
 * `torghut replay run` without its files (docs/architecture.md#command-line): the plugin runtime alone over
 * signals in their order, as the line objects and the summary that other programs parse.
 *
 * Invariants: pure; equal signals and strategies give equal lines and an equal digest, whatever the order
 * of the strategies; every list in a line is sorted by what identifies its entries.
 */
import { formatDecimal } from '../domain/decimal.ts'
import type { AggregatedIntent, Direction, RawIntent, StrategyErrorReason } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'
import { aggregateIntents } from '../strategy/aggregator.ts'
import { CircuitBook } from '../strategy/circuit.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import { evaluateSignal } from '../strategy/runtime.ts'
import { LineDigest } from './digest.ts'

export interface ReplayIntent {
  readonly symbol: string
  readonly direction: Direction
  /** Decimal text, as all numbers of intents. */
  readonly confidence: string
  readonly target_notional: string
  readonly horizon: string
  readonly explain: readonly string[]
  readonly source_strategy_ids: readonly string[]
}

export interface ReplayRawIntent {
  readonly strategy_id: string
  readonly direction: Direction
  readonly confidence: string
  readonly target_notional: string
  readonly plugin_id: string
  readonly plugin_version: string
}

/** What became of one signal. Keys stand in the order of the contract. */
export interface ReplayLine {
  /** ISO-8601 UTC. */
  readonly event_ts: string
  readonly symbol: string
  readonly seq: number
  readonly normalization_error: string | null
  readonly intents: readonly ReplayIntent[]
  readonly raw: readonly ReplayRawIntent[]
  readonly errors: readonly { readonly strategy_id: string; readonly reason: StrategyErrorReason }[]
  readonly conflicts: number
}

export interface ReplaySummary {
  readonly signals: number
  /** Aggregated intents. */
  readonly intents: number
  readonly conflicts: number
  /** Entries in the lines' `errors`; signals that cannot be normalised are not among them. */
  readonly errors: number
  /** Over the lines as `JSON.stringify` writes them. */
  readonly digest: string
}

/** How a replay decides; the plugin runtime with aggregation unless said otherwise. */
export interface ReplayOptions {
  /** False: every strategy's intent stands for itself, as on the legacy path. */
  readonly aggregated?: boolean
}

/** A replay of signals that are given one by one, circuits starting closed. */
export class Replay {
  readonly #compiled: CompiledStrategies
  readonly #aggregated: boolean
  readonly #circuits = new CircuitBook()
  readonly #digest = new LineDigest()
  readonly #counts = { signals: 0, intents: 0, conflicts: 0, errors: 0 }

  constructor(compiled: CompiledStrategies, { aggregated = true }: ReplayOptions = {}) {
    this.#compiled = compiled
    this.#aggregated = aggregated
  }

  /** Replays the next signal: its line, and the line as JSON. */
  next(signal: Signal): { readonly line: ReplayLine; readonly json: string } {
    const line = this.#replay(signal)
    this.#counts.signals += 1
    this.#counts.intents += line.intents.length
    this.#counts.conflicts += line.conflicts
    this.#counts.errors += line.errors.length
    const json = JSON.stringify(line)
    this.#digest.add(json)
    return { line, json }
  }

  /** The summary of all signals so far; the replay takes no more then. */
  finish(): ReplaySummary {
    return { ...this.#counts, digest: this.#digest.finish() }
  }

  #replay(signal: Signal): ReplayLine {
    const { normalizationError, raw, errors } = evaluateSignal(this.#compiled, this.#circuits, signal)
    const { intents, conflicts } = this.#aggregated ? aggregateIntents(raw) : eachForItself(raw)
    return {
      event_ts: formatInstant(signal.eventTs),
      symbol: signal.symbol,
      seq: signal.seq,
      normalization_error: normalizationError,
      intents: intents.map(intentEntry),
      raw: raw.map(rawEntry),
      errors: errors.map(({ strategyId, reason }) => ({ strategy_id: strategyId, reason })),
      conflicts,
    }
  }
}

function eachForItself(raw: readonly RawIntent[]): {
  readonly intents: readonly AggregatedIntent[]
  readonly conflicts: number
} {
  const intents = raw.map(({ direction, confidence, targetNotional, explain, ...rest }) => ({
    direction,
    confidence,
    targetNotional,
    explain,
    symbol: rest.symbol,
    horizon: rest.horizon,
    sourceStrategyIds: [rest.strategyId],
    featureSnapshotHashes: [rest.featureSnapshotHash],
  }))
  return { intents, conflicts: 0 }
}

function intentEntry(intent: AggregatedIntent): ReplayIntent {
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

function rawEntry(intent: RawIntent): ReplayRawIntent {
  return {
    strategy_id: intent.strategyId,
    direction: intent.direction,
    confidence: formatDecimal(intent.confidence),
    target_notional: formatDecimal(intent.targetNotional),
    plugin_id: intent.pluginId,
    plugin_version: intent.pluginVersion,
  }
}
