/**
 * `torghut replay run` without its files (docs/architecture.md#command-line): the plugin runtime alone over
 * signals in their order, as the line objects and the summary that other programs parse.
 *
 * Invariants: pure; equal signals and strategies give equal lines and an equal digest, whatever the order
 * of the strategies; every list in a line is sorted by what identifies its entries.
 */
import type { AggregatedIntent, RawIntent } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import { type ValueOf, decimalText, finite, instantText, list, nullable, text } from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'
import { aggregateIntents } from '../strategy/aggregator.ts'
import { CircuitBook } from '../strategy/circuit.ts'
import { type CompiledStrategies, historyAsked } from '../strategy/compile.ts'
import { type StrategyFailure, StrategyFailures } from '../strategy/failures.ts'
import { History } from '../strategy/history.ts'
import { evaluateSignal } from '../strategy/runtime.ts'
import { BY_ITSELF, latenessBy, type SignalEvaluation } from '../strategy/signal-evaluation.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import { createHash } from 'node:crypto'

/** What became of one signal, as it is printed. Fields stand in the order of the contract. */
const replayLine = record({
  eventTs: instantText,
  symbol: text(),
  seq: finite,
  normalizationError: nullable(text()),
  intents: list(
    record({
      symbol: text(),
      direction: text(),
      confidence: decimalText,
      targetNotional: decimalText,
      horizon: text(),
      explain: list(text()),
      sourceStrategyIds: list(text()),
    }),
  ),
  raw: list(
    record({
      strategyId: text(),
      direction: text(),
      confidence: decimalText,
      targetNotional: decimalText,
      pluginId: text(),
      pluginVersion: text(),
    }),
  ),
  errors: list(record({ strategyId: text(), reason: text() })),
  conflicts: finite,
})

export type ReplayLine = ValueOf<typeof replayLine>

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
  /** Who watches the plugins from outside, if anybody does; positions are those of the signals, from 1. */
  readonly watch?: PluginWatch
}

/** A replay of signals that are given one by one, circuits starting closed. */
export class Replay {
  readonly #compiled: CompiledStrategies
  readonly #aggregated: boolean
  readonly #circuits = new CircuitBook()
  readonly #history = new History()
  readonly #tooShort = new Map<string, number>()
  readonly #digest = new LineDigest()
  readonly #failures = new StrategyFailures()
  /** What came of asking about the last signal. */
  latest: SignalEvaluation | null = null
  readonly #watch: PluginWatch | undefined
  readonly #counts = { signals: 0, intents: 0, conflicts: 0, errors: 0 }

  constructor(compiled: CompiledStrategies, { aggregated = true, watch }: ReplayOptions = {}) {
    this.#watch = watch
    watch?.introduce(compiled.strategies)
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
    const json = JSON.stringify(replayLine.encode(line))
    this.#digest.add(json)
    return { line, json }
  }

  /** What the strategies, or others, say of the next signal, without going on to it. */
  look(signal: Signal, compiled: CompiledStrategies = this.#compiled): SignalEvaluation {
    return this.#evaluated(signal, compiled, new CircuitBook(this.#circuits.toStates()))
  }

  /** The summary of all signals so far; the replay takes no more then. */
  finish(): ReplaySummary {
    return { ...this.#counts, digest: this.#digest.finish() }
  }

  /** What strategies failed at so far; part of no line and no digest. */
  failures(): readonly StrategyFailure[] {
    return this.#failures.toList()
  }

  /** How many signals each strategy was not asked about since its history was not there yet; part of no digest. */
  historyTooShort(): ReadonlyMap<string, number> {
    return this.#tooShort
  }

  #evaluated(signal: Signal, compiled: CompiledStrategies, circuits: CircuitBook): SignalEvaluation {
    const watch = this.#watch
    const around = { ...BY_ITSELF, history: this.#history.before(signal) }
    if (watch === undefined) return evaluateSignal(compiled, circuits, signal, around)
    const position = this.#counts.signals + 1
    watch.asking(position)
    const evaluation = evaluateSignal(compiled, circuits, signal, {
      ...around,
      asked: watch.asked,
      lateness: latenessBy(watch.timedOut, () => position),
    })
    watch.idle()
    return evaluation
  }

  #replay(signal: Signal): ReplayLine {
    this.latest = this.#evaluated(signal, this.#compiled, this.#circuits)
    const { normalizationError, raw, errors, historyTooShort } = this.latest
    this.#history.add({ position: this.#counts.signals + 1, signal }, historyAsked(this.#compiled, signal))
    for (const error of errors) this.#failures.add(error, signal)
    for (const id of historyTooShort) this.#tooShort.set(id, (this.#tooShort.get(id) ?? 0) + 1)
    const { intents, conflicts } = this.#aggregated ? aggregateIntents(raw) : eachForItself(raw)
    const { eventTs, symbol, seq } = signal
    return { eventTs, symbol, seq, normalizationError, intents, raw, errors, conflicts }
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

/**
 * A digest of text lines: sha256 over each line and a line feed, so that the digest of a replay is what
 * `sha256sum` says of its lines as they are printed.
 */
export class LineDigest {
  readonly #hash = createHash('sha256')

  /** Adds a line, given without its line feed. */
  add(line: string): void {
    this.#hash.update(line)
    this.#hash.update('\n')
  }

  /** 64 lower-case hex characters; the digest takes no more lines then. */
  finish(): string {
    return this.#hash.digest('hex')
  }
}
