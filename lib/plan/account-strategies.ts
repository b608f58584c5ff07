/** The part of the catalog that an account trades (docs/architecture.md#accounts, `strategies` of an account). */
import type { AccountConfig } from '../domain/account.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'

export interface AccountStrategies {
  /** As compiled, but only the account's strategies are asked. */
  readonly compiled: CompiledStrategies
  /** The enabled strategies that the account trades, by id. */
  readonly byId: ReadonlyMap<string, StrategyDefinition>
}

/** An account that names no strategies trades all; ids that the catalog does not know mean nothing. */
export function accountStrategies(catalog: CompiledStrategies, account: AccountConfig): AccountStrategies {
  if (account.strategies === null) return { compiled: catalog, byId: catalog.enabled }
  const chosen = new Set(account.strategies)
  return {
    compiled: {
      ...catalog,
      asked: (timeframe, symbol) =>
        catalog.asked(timeframe, symbol).filter(({ definition }) => chosen.has(definition.id)),
    },
    byId: new Map([...catalog.enabled].filter(([id]) => chosen.has(id))),
  }
}
