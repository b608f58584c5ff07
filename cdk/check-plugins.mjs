// Whether plugins/ can be deployed: esbuild, which bundles it, leaves types unchecked, and a module that exports something
// else than plugins would stop every lane.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMPILER = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/**
 * What is wrong, in words; null when nothing is.
 * @param {{project?: string, registry?: string}} paths a configuration of the compiler, and a module that exports
 *   `deployedRegistry` and `deployedIndicators`
 * @returns {Promise<string | null>}
 */
export async function pluginFaults({
  project = resolve(ROOT, 'tsconfig.plugins.json'),
  registry = resolve(ROOT, 'plugins/registry.ts'),
} = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [COMPILER, '--noEmit', '--pretty', 'false', '-p', project],
    { cwd: ROOT, encoding: 'utf8' },
  )
  if (status !== 0) return `plugins/ does not compile:\n${stdout}${stderr}`
  const folder = mkdtempSync(join(ROOT, 'dist', 'plugins-'))
  const outfile = join(folder, 'registry.mjs')
  try {
    await build({
      entryPoints: [registry],
      absWorkingDir: ROOT,
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'esm',
      logLevel: 'silent',
    })
    const { deployedRegistry, deployedIndicators } = await import(pathToFileURL(outfile).href)
    deployedRegistry()
    deployedIndicators()
    return null
  } catch (error) {
    return `plugins/ cannot be deployed: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}
