/** What every verb gets: where to write, whom to ask, and the process's environment and folder. */
import type { Stage } from '../deployment/names.ts'
import type { Indicator } from '../domain/indicator.ts'
import type { RawValues } from '../domain/settings.ts'
import type { Deployment } from '../operations/deployment.ts'
import type { Migration } from '../operations/migrate.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import type { FlagStore } from '../ports/flag-store.ts'
import type { StrategyPlugin } from '../strategy/plugin.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import type { ExitCode } from './terminal/exit-codes.ts'
import type { Output } from './terminal/output.ts'

/** What a verb needs that knows no stage and asks nobody. */
export interface VerbContext {
  readonly output: Output
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The working directory; paths of options are relative to it. */
  readonly folder: string
  /** In a thread of its own: who watches the plugins, and whether the run is to end. */
  readonly watch?: PluginWatch & { readonly isStopped: () => boolean }
  /** What is asked in the place of a plugin of the user's own, where that is not the plugin itself. */
  readonly prepared?: (plugin: StrategyPlugin) => StrategyPlugin
}

export interface CliContext extends VerbContext {
  /** The program of a thread of its own, for verbs that ask plugins; without it they ask them here. */
  readonly engine?: URL
  /** Asks on the terminal; null when there is none. @throws InterruptedError when the person gives up */
  readonly ask: (question: string) => Promise<string | null>
  /** Asks for a secret without showing what is typed; null as for `ask`. */
  readonly askSecret: (question: string) => Promise<string | null>
  /** All of stdin; null when it is a terminal. */
  readonly readStdin: () => Promise<string | null>
  /** What `kill` and `flags` show and change on a laptop. */
  readonly openFlags: () => Promise<FlagAccess>
  /** The built-in plugins and those of `plugins/`: what a deployment of this folder would run. */
  readonly deployedRegistry: () => Promise<PluginRegistry>
  /** The indicators of `plugins/`. */
  readonly deployedIndicators: () => Promise<readonly Indicator[]>
  /** Every migration of the state, in order. */
  readonly migrations: () => Promise<readonly Migration[]>
  /** A deployed stage. */
  readonly openDeployment: (stage: Stage) => Promise<Deployment>
}

/** Flags as an operator meets them: `profile.flags` below the store, `profile.settings` below the environment. */
export interface FlagAccess {
  readonly store: FlagStore
  /** What the local runtime brings; empty on AWS. */
  readonly profile: { readonly settings: RawValues; readonly flags: RawValues }
}

/** A verb's implementation: gets its options and arguments as parsed, and says how the process ends. */
export type VerbAction<Options> = (
  context: CliContext,
  options: Options & { readonly json?: true },
  ...names: readonly string[]
) => Promise<ExitCode>
