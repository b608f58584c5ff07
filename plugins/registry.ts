/** The plugins of a deployment: the built-in ones and those of `plugins/index.ts`. */
import type { Indicator } from '../lib/domain/indicator.ts'
import { type ModuleExports, validateModule } from '../lib/strategy/plugin-module.ts'
import { builtinRegistry, type PluginRegistry } from '../lib/strategy/registry.ts'
import * as module from './index.ts'

const own: ModuleExports = module

/** @throws ConfigurationError when `plugins/index.ts` exports something else than plugins. */
export function deployedRegistry(): PluginRegistry {
  return builtinRegistry(validateModule(own, 'plugins/index.ts').plugins)
}

/** What `plugins/index.ts` adds to the signals that bars become. @throws ConfigurationError as above */
export function deployedIndicators(): readonly Indicator[] {
  return validateModule(own, 'plugins/index.ts').indicators
}
