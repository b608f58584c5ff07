/**
 * Everything a local run is made of, read and checked as a whole before any state is written.
 *
 * Invariant: equal inputs give an equal `fingerprint`, by which a state folder knows the run it belongs to.
 */
import { readFile } from 'node:fs/promises'
import { didYouMean } from '../domain/did-you-mean.ts'
import { isMap } from '../formats/codec.ts'
import { violation } from '../formats/violations.ts'
import { ACCOUNTS_JSON } from '../flags/definitions.ts'
import type { RawValues } from '../domain/settings.ts'
import { createCalendar } from '../market/calendar/create-calendar.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import { type Fleet, resolveFleet } from '../flags/fleet.ts'
import { requireKnown, strategyNeeds } from '../strategy/check-strategies.ts'
import { catalogHash } from '../strategy/compile.ts'
import { type CoverageWarning, censusUntilEnough, coverageWarnings } from '../strategy/coverage.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { loadPluginModule } from '../adapters/files/load-plugin-module.ts'
import type { StrategyPlugin } from '../strategy/plugin.ts'
import { NO_PLUGINS } from '../strategy/plugin-module.ts'
import { type PluginRegistry, builtinRegistry } from '../strategy/registry.ts'
import { type MarketData, scheduleMarket } from './market-data.ts'
import { PAPER_EXCHANGE_TARGET } from './paper-gateway.ts'
import { profileEnvironment, profileOverlay } from './profile.ts'
import type { DateRange, Schedule } from '../market/schedule.ts'

export interface RunSources {
  readonly market: MarketData
  readonly range: DateRange
  readonly strategies: readonly StrategyDefinition[]
  /** A path or URL; null: no plugins beside the built-in ones. */
  readonly pluginModule: string | null
  /** What is asked in the place of each plugin of the module. */
  readonly prepared?: (plugin: StrategyPlugin) => StrategyPlugin
  /** The account registry's text, and what to call it in messages. */
  readonly accounts: { readonly text: string; readonly name: string }
  /** The process's own variables and the flags that are stored already. */
  readonly environment: RawValues
  readonly flags: Readonly<Record<string, string>>
}

export interface RunInputs {
  readonly schedule: Schedule
  /** What strategies are not asked about in it, each with the reason. */
  readonly warnings: readonly CoverageWarning[]
  readonly strategies: readonly StrategyDefinition[]
  readonly registry: PluginRegistry
  /** The path that its plugins come from; null: the built-in ones alone. */
  readonly pluginModule: string | null
  /** Whether a strategy looks at earlier signals. */
  readonly looksBack: boolean
  /** The profile's. */
  readonly environment: RawValues
  readonly accounts: readonly AccountLabel[]
  readonly source: string
  /** One hash per kind of input. */
  readonly fingerprint: Readonly<Record<InputName, string>>
}

export type InputName = 'market data' | 'dates' | 'strategies' | 'plugins' | 'accounts'

/** @throws ConfigurationError with every violation of the input that cannot be used. */
export async function checkInputs(sources: RunSources): Promise<RunInputs> {
  const { market, range, strategies, pluginModule, accounts, prepared = (plugin) => plugin } = sources
  const { plugins, indicators } = pluginModule === null ? NO_PLUGINS : await loadPluginModule(pluginModule)
  const registry = builtinRegistry(plugins.map((plugin) => prepared(plugin)))
  requireKnown(
    registry,
    strategies.filter(({ enabled }) => enabled),
    'Name the module that brings the plugin with --plugins, or correct type and version.',
  )
  const needs = (strategy: StrategyDefinition) => strategyNeeds(registry, strategy)
  const environment = profileEnvironment(sources.environment, {
    daily: market.daily,
    signalSource: market.source,
    accountsJson: onPaperExchange(accounts),
  })
  const fleet = fleetOf(environment, sources)
  checkAccounts(fleet, strategies, accounts.name)
  checkSource(fleet, market)
  const schedule = scheduleMarket(market, createCalendar(fleet.settings.calendar), range, indicators)
  if (schedule.steps.length === 0) {
    const found = `no signals from ${range.from ?? 'the beginning'} to ${range.to ?? 'the end'}`
    throw new ConfigurationError('The market data', [
      { path: market.name, found, allowed: `dates within ${market.firstDate} to ${market.lastDate}` },
    ])
  }
  return {
    schedule,
    warnings: coverageWarnings(
      strategies,
      censusUntilEnough(schedule.observed, strategies.map(needs)),
      needs,
    ),
    strategies,
    registry,
    pluginModule,
    looksBack: strategies.some((strategy) => strategy.enabled && needs(strategy).history > 0),
    environment,
    accounts: fleet.accounts.map(({ label }) => label),
    source: fleet.settings.signalSource,
    fingerprint: {
      'market data': market.hash,
      dates: `${range.from ?? ''}..${range.to ?? ''}`,
      strategies: catalogHash(strategies),
      plugins: pluginModule === null ? '' : sha256Hex(await readFile(pluginModule, 'utf8')),
      accounts: sha256Hex(environment[ACCOUNTS_JSON] ?? ''),
    },
  }
}

/**
 * The registry with every paper account on this machine's exchange, whatever its `base_url` says, so that the
 * file of a deployment can be tried here. A text that is no registry stays as it is.
 */
function onPaperExchange({ text, name }: RunSources['accounts']): string {
  let registry: unknown
  try {
    registry = JSON.parse(text)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : 'text that is not JSON'
    throw new ConfigurationError('The accounts', [{ path: name, found, allowed: 'JSON' }], { cause })
  }
  const list: unknown = isMap(registry) ? registry['accounts'] : registry
  if (!Array.isArray(list)) return text
  const moved = list.map((account: unknown) => {
    if (!isMap(account) || account['mode'] === 'live') return account
    return Object.assign({}, account, { base_url: PAPER_EXCHANGE_TARGET.baseUrl })
  })
  return JSON.stringify(moved)
}

/** As `resolveFleet`; violations of the registry name the file that it came from. */
function fleetOf(environment: RawValues, { flags, accounts }: RunSources): Fleet {
  try {
    return resolveFleet(environment, profileOverlay(flags))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const violations = error.violations.map((violation) => ({
      ...violation,
      path: violation.path.replace(ACCOUNTS_JSON, accounts.name),
    }))
    throw new ConfigurationError('The configuration', violations, {
      cause: error,
      ...(error.advice === undefined ? {} : { advice: error.advice }),
    })
  }
}

/** Only the paper exchange is traded here, and only by strategies that exist. */
function checkAccounts(fleet: Fleet, strategies: readonly StrategyDefinition[], name: string): void {
  const ids = strategies.map(({ id }) => id)
  const violations: Violation[] = []
  for (const [index, { target, strategies: chosen }] of fleet.accounts.entries()) {
    if (target.mode !== 'paper') {
      violations.push({ path: `${name} [${index}].mode`, found: 'a live account', allowed: 'paper' })
    }
    for (const id of chosen ?? []) {
      if (ids.includes(id)) continue
      const path = `${name} [${index}].strategies`
      violations.push(violation(path, JSON.stringify(id), ids.join(', '), didYouMean(id, ids)))
    }
  }
  if (fleet.settings.mode !== 'paper') {
    violations.push({ path: 'TRADING_MODE', found: fleet.settings.mode, allowed: 'paper' })
  }
  if (violations.length > 0) throw new ConfigurationError('The accounts', violations)
}

function checkSource({ settings }: Fleet, market: MarketData): void {
  if (settings.signalSource === market.source) return
  const found = `signals of the source ${JSON.stringify(market.source)}`
  throw new ConfigurationError('The market data', [
    { path: market.name, found, allowed: `${settings.signalSource}, as TRADING_SIGNAL_SOURCE says` },
  ])
}
