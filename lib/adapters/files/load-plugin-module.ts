/** Loads a user's plugin module from a file. */
import { pathToFileURL } from 'node:url'
import { unusable, validatePlugins } from '../../strategy/plugin-module.ts'
import type { StrategyPlugin } from '../../strategy/plugin.ts'

/**
 * Imports a module and checks every plugin in it.
 * @param module a file path or a `file:` URL
 * @throws ConfigurationError naming file and export, with the module's own error as its cause
 */
export async function loadPluginModule(module: string): Promise<readonly StrategyPlugin[]> {
  const href = module.startsWith('file:') ? module : pathToFileURL(module).href
  let exported: unknown
  try {
    const namespace = (await import(href)) as { readonly plugins?: unknown }
    exported = namespace.plugins
  } catch (cause) {
    throw unusable(module, 'a module that cannot be imported', 'a module that exports plugins', cause)
  }
  return validatePlugins(exported, module)
}
