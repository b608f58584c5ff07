// Compiles the simulator into dist/sim/, if asked for with texts of the product replaced by others.
import { build } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const SDK_OF_A_RUN = fileURLToPath(new URL('sdk-of-a-run.mjs', import.meta.url))

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The changed files' texts by path, with all edits made in their order. Throws when a text to replace does not stand in
 * its file exactly once.
 */
export async function edited(name, edits) {
  const texts = new Map()
  for (const { file, search, replace } of edits) {
    const path = resolve(ROOT, file)
    const text = texts.get(path) ?? (await readFile(path, 'utf8'))
    const parts = text.split(search)
    if (parts.length !== 2)
      throw new Error(`${name}: found ${parts.length - 1} times in ${file}, wanted once: ${search}`)
    texts.set(path, parts.join(replace))
  }
  return texts
}

/** Returns the path of the program. `texts`: of files by path, instead of those that are there. */
export async function buildSimulator(entry, outfile, texts = new Map()) {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: texts.size === 0 ? 'linked' : false,
    logLevel: texts.size === 0 ? 'warning' : 'silent',
    plugins: texts.size === 0 ? [withoutSdk] : [withoutSdk, replaced(texts)],
  })
  return resolve(ROOT, outfile)
}

const withoutSdk = {
  name: 'without the AWS clients',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@aws-sdk\/client-/ }, () => ({ path: SDK_OF_A_RUN }))
  },
}

function replaced(texts) {
  return {
    name: 'mutant',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        texts.has(path) ? { contents: texts.get(path), loader: 'ts' } : null,
      )
    },
  }
}
