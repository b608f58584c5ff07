/**
 * A stage that feeds itself (docs/market-data.md): each minute's run of its producer of bars, at times lost, late, or two at once,
 * folds that are lost, and the processes that stream bars.
 */
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import { BarApi } from './bar-api.ts'
import { BarRules } from './bar-rules.ts'
import { BarTape } from './bar-tape.ts'
import { BarWindows } from './bar-windows.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { FunctionDeps } from './functions.ts'
import type { Kernel } from './kernel.ts'
import type { Companion } from './long-processes.ts'
import { MARKET_DATA_TIMEOUT_MS, type MarketDataDeps, marketDataFunction } from './market-data-functions.ts'
import { type Stream, streamOf } from './random.ts'
import type { Requests } from './requests.ts'
import type { Scenario } from './scenario.ts'
import type { MarketDataSpecial } from './special-kinds.ts'
import { Streamers } from './streamers.ts'
import { kindOf } from './stored.ts'

export interface MarketDataOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly scenario: Scenario
  readonly cloud: Cloud
  readonly requests: Requests
  readonly exchange: SimulatedExchange
  readonly checker: Checker
  readonly tables: readonly SimulatedTable[]
}

const MINUTE = 60_000
/** Only few worlds have a producer of bars. */
const WEIGHT = 8
/** The schedule beats within the minute, at no exact second. */
const BEATS_WITHIN_MS = 15_000

/** Null: signals are somebody else's. */
export function openBars(
  options: MarketDataOptions,
  functions: FunctionDeps,
  ingest: FunctionSpec,
): Companion | null {
  const { special } = options.scenario
  if (special?.kind === 'bar_windows') return new BarWindows(options, ingest, special.symbols)
  return special?.kind === 'market_data' ? new MarketData(options, functions, special) : null
}

class MarketData implements Companion {
  readonly #options: MarketDataOptions
  readonly #special: MarketDataSpecial
  readonly #deps: MarketDataDeps
  readonly #random: Stream
  readonly #streamers: Streamers | null

  constructor(options: MarketDataOptions, functions: FunctionDeps, special: MarketDataSpecial) {
    const { seed, faults, kernel, checker, exchange, requests, scenario } = options
    this.#options = options
    this.#special = special
    this.#random = streamOf(seed, 'market data')
    const tape = new BarTape({
      seed,
      faults,
      special,
      start: kernel.now,
      faultyMinutes: scenario.ticks,
      clocksAreOff: scenario.skewMs > 0,
    })
    checker.judgeBars(new BarRules(tape))
    this.#deps = { functions, requests, api: new BarApi(tape, exchange.secrets) }
    this.#streamers = special.streams ? new Streamers({ ...options, tape, deps: this.#deps }) : null
  }

  start(): void {
    const { faults } = this.#options
    const { symbols, splits, unknownSymbol } = this.#special
    if (unknownSymbol) faults.note('deploy', 'symbol_unknown')
    if (splits)
      for (const symbol of symbols) if (!symbol.includes('/')) faults.note(`split ${symbol}`, 'bar_split')
    this.#streamers?.start()
  }

  stop(): void {
    this.#streamers?.stop()
  }

  tick(tick: number, at: number): void {
    const { kernel, faults } = this.#options
    this.#streamers?.tick(tick, at)
    if (faults.at(`folds ${tick}`, ['folds_lost']) !== null)
      kernel.at(at + this.#random.below(MINUTE), () => this.#loseFolds())
    if (!this.#special.beats) return
    const fault = faults.at(`beat ${tick}`, ['beat_lost', 'beat_duplicated', 'beat_late'], WEIGHT)
    if (fault === 'beat_lost') return
    const late = fault === 'beat_late' ? this.#random.below(2 * MINUTE) : 0
    const first = at + this.#random.below(BEATS_WITHIN_MS) + late
    this.#beat(first)
    if (fault === 'beat_duplicated')
      this.#beat(first + this.#random.below(this.#random.pick([50, 3000, 30_000])))
  }

  /** What fails is not repeated. */
  #beat(at: number): void {
    const { kernel, cloud } = this.#options
    const run: Parameters<Cloud['invoke']>[3] = async (host) =>
      void (await marketDataFunction(host, this.#deps))
    kernel.at(at, () =>
      cloud.invoke('market-data', 'market-data', MARKET_DATA_TIMEOUT_MS, run, () => undefined),
    )
  }

  /** Somebody clears what the producer keeps. */
  #loseFolds(): void {
    const { kernel, tables } = this.#options
    kernel.trace.add(`${kernel.now} the folds are lost`)
    for (const table of tables) {
      for (const item of table.snapshot()) {
        const { pk, sk } = item
        if (kindOf(item) === 'fold' && pk !== undefined && sk !== undefined)
          table.set(pk, sk, null, kernel.now)
      }
    }
  }
}
