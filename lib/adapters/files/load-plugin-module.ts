/** Loads a user's plugin module from a file. */
import { pathToFileURL } from 'node:url'
import {
  type ModuleExports,
  type PluginModule,
  unusable,
  validateModule,
} from '../../strategy/plugin-module.ts'

/**
 * Imports a module and checks every plugin and indicator in it.
 * @param module a file path or a `file:` URL
 * @throws ConfigurationError naming file and export, with the module's own error as its cause
 */
export async function loadPluginModule(module: string): Promise<PluginModule> {
  const href = module.startsWith('file:') ? module : pathToFileURL(module).href
  let exported: ModuleExports
  try {
    exported = (await import(href)) as ModuleExports
  } catch (cause) {
    throw unusable(module, 'a module that cannot be imported', 'a module that exports plugins', cause)
  }
  return validateModule(exported, module)
}
