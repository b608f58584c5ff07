/** What a replay found, for people: a table per symbol, a table per strategy, and the digest. */
import type { Replay, ReplayLine } from '../../replay/runner.ts'
import { renderFailures } from '../terminal/failure-notes.ts'
import type { CompiledStrategies } from '../../strategy/compile.ts'
import type { Colors } from '../terminal/output.ts'
import { renderTable } from '../terminal/table.ts'
import { byKey } from '../../domain/compare.ts'

interface SymbolCounts {
  signals: number
  unusable: number
  intents: number
  buys: number
  conflicts: number
}

interface StrategyCounts {
  intents: number
  sources: number
  errors: Map<string, number>
}

export class ReplayReport {
  readonly #symbols = new Map<string, SymbolCounts>()
  readonly #strategies = new Map<string, StrategyCounts>()
  readonly #unusable = new Map<string, number>()

  add(line: ReplayLine): void {
    const counts = this.#ofSymbol(line.symbol)
    counts.signals += 1
    counts.conflicts += line.conflicts
    counts.intents += line.intents.length
    if (line.normalizationError !== null) {
      counts.unusable += 1
      increment(this.#unusable, line.normalizationError)
    }
    for (const { direction, sourceStrategyIds: sources } of line.intents) {
      if (direction === 'buy') counts.buys += 1
      for (const id of sources) this.#ofStrategy(id).sources += 1
    }
    for (const { strategyId: id } of line.raw) this.#ofStrategy(id).intents += 1
    for (const { strategyId: id, reason } of line.errors) increment(this.#ofStrategy(id).errors, reason)
  }

  render(replay: Replay, compiled: CompiledStrategies, colors: Colors): string {
    const summary = replay.finish()
    const failures = renderFailures(replay.failures(), colors)
    for (const [id, count] of replay.historyTooShort()) {
      this.#ofStrategy(id).errors.set('history_too_short', count)
    }
    const symbols = [...this.#symbols].sort(byKey).map(([symbol, counts]) => {
      const { signals, unusable, intents, buys, conflicts } = counts
      return [symbol, signals, unusable, intents, buys, intents - buys, conflicts]
    })
    const strategies = compiled.strategies.map(({ definition, plugin }) => {
      const { intents, sources, errors } = this.#ofStrategy(definition.id)
      const name = plugin === null ? 'none' : `${plugin.pluginId}@${plugin.version}`
      const state = definition.enabled ? listed(errors) : 'disabled'
      return [definition.id, name, intents, sources, state]
    })
    return [
      renderTable(['symbol', 'signals', 'unusable', 'intents', 'buy', 'sell', 'conflicts'], symbols, colors),
      '',
      renderTable(['strategy', 'plugin', 'intents', 'decided', 'not asked, or failed'], strategies, colors),
      '',
      ...failures.flatMap((table) => [table, '']),
      ...(this.#unusable.size === 0 ? [] : [`unusable: ${listed(this.#unusable)}`]),
      `signals ${summary.signals}, intents ${summary.intents}, conflicts ${summary.conflicts}, errors ${summary.errors}`,
      `digest ${colors.bold(summary.digest)}`,
    ].join('\n')
  }

  #ofSymbol(symbol: string): SymbolCounts {
    const fresh = { signals: 0, unusable: 0, intents: 0, buys: 0, conflicts: 0 }
    return getOrPut(this.#symbols, symbol, fresh)
  }

  #ofStrategy(id: string): StrategyCounts {
    return getOrPut(this.#strategies, id, { intents: 0, sources: 0, errors: new Map<string, number>() })
  }
}

function getOrPut<Value>(map: Map<string, Value>, key: string, fresh: Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  map.set(key, fresh)
  return fresh
}

function increment(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1)
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(byKey)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
