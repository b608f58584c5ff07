/** Loads a user's plugin module from a file, JavaScript or TypeScript. */
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fixIntrinsics } from '../../strategy/fix-intrinsics.ts'
import {
  type ModuleExports,
  type PluginModule,
  unusable,
  validateModule,
} from '../../strategy/plugin-module.ts'

const TYPESCRIPT = /\.[cm]?ts$/

/**
 * Imports a module and checks every plugin and indicator in it. From then on nobody in this thread can change what the language
 * provides.
 * @param module a file path or a `file:` URL
 * @param anew loads it, with the files that it imports, apart from all that were loaded with another number, so that
 *   nothing of theirs is remembered
 * @throws ConfigurationError naming file and export, with the module's own error as its cause
 */
export async function loadPluginModule(module: string, anew: number | null = null): Promise<PluginModule> {
  const href = module.startsWith('file:') ? module : pathToFileURL(module).href
  if (!existsSync(fileURLToPath(href)))
    throw unusable(module, 'no such file', 'a module that exports plugins')
  let exported: ModuleExports
  fixIntrinsics()
  try {
    exported =
      anew !== null || TYPESCRIPT.test(href)
        ? await importCompiled(fileURLToPath(href), anew ?? 0)
        : await imported(href)
  } catch (cause) {
    throw unusable(module, 'a module that cannot be imported', 'a module that exports plugins', cause)
  }
  return validateModule(exported, module)
}

async function imported(href: string): Promise<ModuleExports> {
  return (await import(href)) as ModuleExports
}

/**
 * Node 20 does not run TypeScript: the module is compiled into a file beside it, so that what it imports is found, and
 * its stack lines are its author's.
 */
async function importCompiled(file: string, copy: number): Promise<ModuleExports> {
  const { build } = await import('esbuild')
  const compiled = join(dirname(file), `.${basename(file)}.${process.pid}.${copy}.mjs`)
  const { outputFiles } = await build({
    entryPoints: [file],
    // where the source map's paths start from
    outfile: compiled,
    write: false,
    bundle: true,
    packages: 'external',
    alias: { 'torghut/plugin': createRequire(import.meta.url).resolve('torghut/plugin') },
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'silent',
  })
  await writeFile(compiled, outputFiles[0]?.text ?? '')
  try {
    process.setSourceMapsEnabled(true)
    return await imported(pathToFileURL(compiled).href)
  } finally {
    await rm(compiled, { force: true })
  }
}
