/** Golden cases: recorded lines of `shared/golden`, and how their signals and strategies become ours. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, Signal } from '../../lib/domain/signal.ts'
import { instant } from '../../lib/domain/time.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import { sharedFolder } from './shared-folder.ts'

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

export function goldenFile(name: string): string {
  return join(sharedFolder(), 'golden', name)
}

/** True where the golden cases are; says so on the console where they are not. */
export function goldenCasesPresent(): boolean {
  const present = existsSync(goldenFile('features.jsonl'))
  if (!present) process.stderr.write(`golden cases skipped: nothing at ${goldenFile('')}\n`)
  return present
}

export function readGoldenCases<Case>(name: string): Case[] {
  return readFileSync(goldenFile(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Case)
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
