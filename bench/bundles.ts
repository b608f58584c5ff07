/** Bundles the functions as the stack does and says how large the bundles are, and of what. */
import { build, type Metafile } from 'esbuild'
import { join } from 'node:path'
import { esbuildOptions } from '../cdk/bundling.ts'
import { FUNCTION_NAMES, type FunctionName } from '../lib/config/deployment-names.ts'

/** In kB of 1000 bytes, minified, without the source map. The lane's and dispatch's are the project's targets. */
export const LARGEST_KB: Readonly<Record<FunctionName, number>> = {
  dispatch: 600,
  lane: 900,
  ingest: 450,
  'order-feed': 550,
}

export interface Bundle {
  readonly name: FunctionName
  readonly file: string
  readonly bytes: number
  /** Bytes by package or folder of ours, largest first. */
  readonly inputs: readonly (readonly [string, number])[]
  /** The packages that nothing loads at import: what only dynamic imports lead to. */
  readonly deferred: ReadonlySet<string>
}

/** @param folder where `<function>/index.js` and its source map are written */
export async function bundleFunctions(projectRoot: string, folder: string): Promise<readonly Bundle[]> {
  return Promise.all(FUNCTION_NAMES.map((name) => bundleFunction(name, projectRoot, folder)))
}

async function bundleFunction(name: FunctionName, projectRoot: string, folder: string): Promise<Bundle> {
  const file = join(folder, name, 'index.js')
  const { metafile } = await build({ ...esbuildOptions(projectRoot, name), outfile: file, metafile: true })
  return { name, file, ...contents(metafile) }
}

function contents({ inputs, outputs }: Metafile): Omit<Bundle, 'name' | 'file'> {
  const [, output] = Object.entries(outputs).find(([path]) => path.endsWith('.js')) ?? []
  if (output?.entryPoint === undefined) throw new Error('no bundle was written')
  const sums = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const part = partOf(path)
    sums.set(part, (sums.get(part) ?? 0) + bytesInOutput)
  }
  const loaded = new Set([...loadedAtImport(inputs, output.entryPoint)].map(partOf))
  return {
    bytes: output.bytes,
    inputs: [...sums].sort(([, left], [, right]) => right - left),
    deferred: new Set([...sums.keys()].filter((part) => !loaded.has(part))),
  }
}

/** The files that static imports lead to. */
function loadedAtImport(inputs: Metafile['inputs'], entry: string): ReadonlySet<string> {
  const loaded = new Set([entry])
  for (const path of loaded) {
    for (const { path: imported, kind } of inputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import') loaded.add(imported)
    }
  }
  return loaded
}

/** A package's name, or the first two folders of a file of ours. */
function partOf(path: string): string {
  const [, inPackages] = path.split(/.*node_modules\//)
  if (inPackages === undefined) return path.split('/').slice(0, -1).slice(0, 2).join('/')
  return inPackages
    .split('/')
    .slice(0, inPackages.startsWith('@') ? 2 : 1)
    .join('/')
}
