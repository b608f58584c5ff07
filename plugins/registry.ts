/** The plugins of a deployment: the built-in ones and those of `plugins/index.ts`. */
import { validatePlugins } from '../lib/strategy/plugin-module.ts'
import { builtinRegistry, type PluginRegistry } from '../lib/strategy/registry.ts'
import { plugins } from './index.ts'

/** @throws ConfigurationError when `plugins/index.ts` exports something else than plugins. */
export function deployedRegistry(): PluginRegistry {
  return builtinRegistry(validatePlugins(plugins, 'plugins/index.ts'))
}
