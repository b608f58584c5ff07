/**
 * `torghut replay run` without its files (design section 6, "Command line"): the plugin runtime alone over
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

/** Replays signals one by one, circuits starting closed; yields a line each and returns the summary. */
export function* replay(
  compiled: CompiledStrategies,
  signals: Iterable<Signal>,
): Generator<ReplayLine, ReplaySummary> {
  const circuits = new CircuitBook()
  const digest = new LineDigest()
  const counts = { signals: 0, intents: 0, conflicts: 0, errors: 0 }
  for (const signal of signals) {
    const line = replaySignal(compiled, circuits, signal)
    counts.signals += 1
    counts.intents += line.intents.length
    counts.conflicts += line.conflicts
    counts.errors += line.errors.length
    digest.add(JSON.stringify(line))
    yield line
  }
  return { ...counts, digest: digest.finish() }
}

function replaySignal(compiled: CompiledStrategies, circuits: CircuitBook, signal: Signal): ReplayLine {
  const { normalizationError, raw, errors } = evaluateSignal(compiled, circuits, signal)
  const { intents, conflicts } = aggregateIntents(raw)
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
