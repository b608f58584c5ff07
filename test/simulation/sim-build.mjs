// Compiles the simulator into dist/sim/, if asked for with one text of the product replaced by another.
import { build } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The file's text with the mutant in it. Throws when the text to replace does not stand there exactly once. */
export async function mutated({ name, file, search, replace }) {
  const text = await readFile(resolve(ROOT, file), 'utf8')
  const parts = text.split(search)
  if (parts.length !== 2) throw new Error(`${name}: found ${parts.length - 1} times in ${file}, wanted once`)
  return parts.join(replace)
}

/** Returns the path of the program. */
export async function buildSimulator(entry, outfile, mutant = null) {
  const contents = mutant === null ? null : await mutated(mutant)
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: mutant === null ? 'warning' : 'silent',
    plugins: mutant === null ? [] : [replaced(resolve(ROOT, mutant.file), contents)],
  })
  return resolve(ROOT, outfile)
}

function replaced(path, contents) {
  return {
    name: 'mutant',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, (file) => (file.path === path ? { contents, loader: 'ts' } : null))
    },
  }
}
