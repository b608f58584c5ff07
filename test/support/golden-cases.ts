/** The golden cases: the sets that are there, what a case holds, and how its words become ours. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { Json, Signal } from '../../lib/domain/signal.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import { instant } from '../../lib/domain/time.ts'
import { RECORDED_CASES, hasRecordedCases } from './shared-folder.ts'

export interface GoldenSignal {
  readonly event_ts: string
  readonly symbol: string
  readonly timeframe: string
  readonly seq: number
  readonly source: string
  readonly ingest_ts?: string
  readonly payload: { readonly [key: string]: Json }
}

export interface GoldenStrategy {
  readonly id: string
  readonly name: string
  readonly strategy_type: string
  readonly version: string
  readonly enabled: boolean
  readonly base_timeframe: string
  readonly universe_symbols: readonly string[] | null
  readonly params: Readonly<Record<string, Json>>
}

export interface GoldenIntent {
  readonly symbol: string
  readonly direction: 'buy' | 'sell'
  readonly confidence: string
  readonly target_notional: string
  readonly horizon: string
  readonly explain: readonly string[]
  readonly feature_snapshot_hashes?: readonly string[]
}

export interface GoldenRaw extends GoldenIntent {
  readonly strategy_id: string
  readonly feature_snapshot_hash: string
}

type Pinned = Readonly<Record<string, string | number | null>>

/** A case of each file of a set, by the file's name. */
export interface GoldenCases {
  readonly features: {
    readonly signal: GoldenSignal
    readonly expect: { readonly values: Pinned | null; readonly error: string | null }
  }
  readonly runtime: {
    readonly circuit_errors: number
    readonly circuit_cooldown_seconds: number
    readonly strategies: readonly GoldenStrategy[]
    readonly steps: readonly { readonly signal: GoldenSignal; readonly expect: Record<string, unknown> }[]
  }
  readonly aggregator: {
    readonly intents: readonly GoldenRaw[]
    readonly expect: { readonly aggregated: readonly GoldenIntent[]; readonly conflicts: number }
  }
  readonly 'order-feed': {
    readonly topic: string
    readonly value: string
    readonly default_account_label: string
    readonly expect: { readonly drop_reason: string | null; readonly event: Pinned | null }
  }
}

export interface GoldenSet {
  readonly name: string
  readonly folder: string
  /** Files with fewer cases are not the whole set. */
  readonly atLeast: number
}

/** Our own cases, and the recorded ones where they are. */
export const GOLDEN_SETS: readonly GoldenSet[] = [
  { name: 'golden cases of our own', folder: resolve(import.meta.dirname, '../golden'), atLeast: 10 },
  ...(hasRecordedCases ? [{ name: 'recorded golden cases', folder: RECORDED_CASES, atLeast: 80 }] : []),
]

/** All cases of one file; an error for a set that is not whole. */
export function readGoldenCases<Name extends keyof GoldenCases>(set: GoldenSet, name: Name) {
  const lines = readFileSync(join(set.folder, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  if (lines.length < set.atLeast) throw new Error(`${name}.jsonl has ${lines.length} cases only`)
  return lines.map((line) => JSON.parse(line) as GoldenCases[Name])
}

/** The module of plugins that the set's `runtime.jsonl` needs. */
export function goldenPlugins(set: GoldenSet): string {
  return join(set.folder, 'plugins.mjs')
}

export function signalOf(golden: GoldenSignal): Signal {
  const { symbol, timeframe, seq, source, payload } = golden
  const ingestTs = golden.ingest_ts === undefined ? null : instant(golden.ingest_ts)
  return { eventTs: instant(golden.event_ts), symbol, timeframe, seq, source, ingestTs, payload }
}

export function definitionOf(golden: GoldenStrategy): StrategyDefinition {
  const { id, name, version, enabled, params } = golden
  return {
    id,
    name,
    strategyType: golden.strategy_type,
    version,
    enabled,
    baseTimeframe: golden.base_timeframe,
    universeSymbols: golden.universe_symbols,
    legacyFallback: null,
    params,
  }
}

const DECIMALS = new Set(['confidence', 'target_notional', 'qty', 'filled_qty', 'avg_fill_price'])

/** Numbers as decimals in one form, everything else as it is. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      DECIMALS.has(key) && typeof inner === 'string' ? formatDecimal(decimal(inner)) : comparable(inner),
    ]),
  )
}
