/** Bundles the functions as the stack does and says how large the bundles are, and of what. */
import { build, type Metafile } from 'esbuild'
import { join } from 'node:path'
import { execSync } from 'node:child_process'
import { esbuildOptions, trimCommand } from '../cdk/bundling.ts'
import { ALL_FUNCTION_NAMES, type FunctionName } from '../lib/domain/deployment-parts.ts'

/** In kB of 1000 bytes, minified, without the source map. The lane's and dispatch's are the project's targets. */
export const LARGEST_KB: Readonly<Record<FunctionName, number>> = {
  dispatch: 600,
  lane: 900,
  ingest: 450,
  'order-feed': 550,
  digest: 450,
  'market-data': 930,
}

export interface Bundle {
  readonly name: FunctionName
  /** What the function imports; its deferred packages lie beside it. */
  readonly file: string
  /** All files of the bundle. */
  readonly bytes: number
  /** Bytes by package or folder of ours, largest first. */
  readonly inputs: readonly (readonly [string, number])[]
  /** The packages that lie in a file of their own, which nothing loads at import. */
  readonly deferred: ReadonlySet<string>
}

/** @param folder where `<function>/index.js` and its source map are written */
export async function bundleFunctions(projectRoot: string, folder: string): Promise<readonly Bundle[]> {
  return Promise.all(ALL_FUNCTION_NAMES.map((name) => bundleFunction(name, projectRoot, join(folder, name))))
}

async function bundleFunction(name: FunctionName, projectRoot: string, folder: string): Promise<Bundle> {
  const files = esbuildOptions(projectRoot, name, folder)
  const results = await Promise.all(files.map((options) => build({ ...options, metafile: true })))
  execSync(trimCommand(projectRoot, folder, name))
  const outputs = results.map(({ metafile }) => script(metafile))
  const sums = new Map<string, number>()
  for (const [path, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
    const part = partOf(path)
    sums.set(part, (sums.get(part) ?? 0) + bytesInOutput)
  }
  const loaded = new Set(Object.keys(outputs[0]?.inputs ?? {}).map(partOf))
  return {
    name,
    file: join(folder, 'index.js'),
    bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0),
    inputs: [...sums].sort(([, left], [, right]) => right - left),
    deferred: new Set([...sums.keys()].filter((part) => !loaded.has(part))),
  }
}

function script({ outputs }: Metafile): Metafile['outputs'][string] {
  const [, output] = Object.entries(outputs).find(([path]) => path.endsWith('.js')) ?? []
  if (output === undefined) throw new Error('no bundle was written')
  return output
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
