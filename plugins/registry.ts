/** The plugins of a deployment: the built-in ones and those of `plugins/index.ts`. */
import type { Indicator } from '../lib/domain/indicator.ts'
import { type ModuleExports, validateModule, validatePlugins } from '../lib/strategy/plugin-module.ts'
import type { StrategyPlugin } from '../lib/strategy/plugin.ts'
import { builtinRegistry, type PluginRegistry } from '../lib/strategy/registry.ts'
import './intrinsics-first.ts'
import * as module from './index.ts'

const own: ModuleExports = module

/**
 * @param prepared what is asked in the place of each plugin of the module
 * @throws ConfigurationError when `plugins/index.ts` exports something else than plugins.
 */
export function deployedRegistry(
  prepared: (plugin: StrategyPlugin) => StrategyPlugin = (plugin) => plugin,
): PluginRegistry {
  return builtinRegistry(validatePlugins(own, 'plugins/index.ts').map(prepared))
}

/** What `plugins/index.ts` adds to the signals that bars become. @throws ConfigurationError as above */
export function deployedIndicators(): readonly Indicator[] {
  return validateModule(own, 'plugins/index.ts').indicators
}
