/** The sealed cycles that a verb works on: of the run in the working folder, or of a stage; and how they are planned again. */
import { join, resolve } from 'node:path'
import type { AccountLabel } from '../domain/account-label.ts'
import type { EpochMs } from '../domain/time.ts'
import { loadPluginModule } from '../adapters/files/load-plugin-module.ts'
import { catalogCompiler } from '../lanes/catalog-compiler.ts'
import { readStoredRun } from '../local/stored-run.ts'
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import { readFleet } from '../operations/deployment.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { RerunDeps } from '../replay/rerun.ts'
import { type PluginRegistry, builtinRegistry } from '../strategy/registry.ts'
import type { CliContext } from './context.ts'
import { accountNamed, chosenStage, openChosenDeployment, type StageOption } from './target.ts'
import { packageRoot } from './terminal/input-file.ts'
import type { Since } from './verb.ts'

export interface SealedLanesOptions extends StageOption {
  readonly account?: string
  readonly plugins?: string
}

export interface SealedLanes {
  readonly stores: StateStores
  /** Those asked for. */
  readonly accounts: readonly AccountLabel[]
  readonly source: string
  /** Of a stage; null for a local run: all there is. */
  readonly since: EpochMs | null
  readonly registry: PluginRegistry
  /** Whether plugins were named that are not those of the run: what they would have decided is a question. */
  readonly otherPlugins: boolean
}

/** Hands the lanes to `use`, while their stores are open. @throws StateError, ConfigurationError */
export async function withSealedLanes<Value>(
  context: CliContext,
  options: SealedLanesOptions,
  since: Since,
  use: (lanes: SealedLanes) => Promise<Value>,
): Promise<Value> {
  if (chosenStage(context, options) === null) {
    return readStoredRun(context.folder, async (stores, { accounts, source, pluginModule }) => {
      const registry = await localRegistry(context, options, pluginModule)
      const { plugins } = options
      const otherPlugins = plugins !== undefined && resolve(context.folder, plugins) !== pluginModule
      return use({ stores, accounts: chosen(accounts, options), source, since: null, registry, otherPlugins })
    })
  }
  const deployment = await openChosenDeployment(context, options)
  const { accounts, settings } = await readFleet(deployment)
  const registry =
    options.plugins === undefined
      ? await context.deployedRegistry()
      : await localRegistry(context, options, null)
  return use({
    stores: deployment.stores,
    accounts: chosen(
      accounts.map(({ label }) => label),
      options,
    ),
    source: settings.signalSource,
    since: since(deployment.clock.now()),
    registry,
    otherPlugins: options.plugins !== undefined,
  })
}

/** Cycles planned as they were sealed: each with its own revision of the catalog. */
export function asSealed({ stores, registry }: Pick<SealedLanes, 'stores' | 'registry'>): RerunDeps {
  const compiler = catalogCompiler(stores.catalog, registry)
  return {
    stores,
    strategies: ({ catalogHash }, settings) => compiler(catalogHash, settings),
    calendar: keptCalendars(),
  }
}

/** Those named, else those of the run, else what `dev` runs where nothing is named. @param ofRun the path of their module */
async function localRegistry(
  { folder }: CliContext,
  { plugins }: SealedLanesOptions,
  ofRun: string | null,
): Promise<PluginRegistry> {
  const path =
    plugins === undefined
      ? (ofRun ?? join(packageRoot(), 'examples', 'plugins.mjs'))
      : resolve(folder, plugins)
  return builtinRegistry((await loadPluginModule(path)).plugins)
}

function chosen(accounts: readonly AccountLabel[], { account }: SealedLanesOptions): readonly AccountLabel[] {
  if (account === undefined) return accounts
  const known = accounts.map((label) => ({ label }))
  return [accountNamed(account, known, '--account').label]
}
