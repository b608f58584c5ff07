/**
 * The code version that cycle records carry: equal sources give an equal version, whoever builds them. It covers
 * what is bundled into the lane, packages and `plugins/` included, and nothing else.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { esbuildOptions } from './bundling.ts'

/** The files that are bundled into the lane, relative to the folder of `cdk.json`, sorted. */
export function laneSources(projectRoot: string): readonly string[] {
  const bundled = esbuildOptions(projectRoot, 'lane', projectRoot).flatMap((options) =>
    Object.keys(buildSync({ ...options, write: false, metafile: true, sourcemap: false }).metafile.inputs),
  )
  // a package's file that the bundle replaces by nothing has a name in brackets
  return [...new Set(bundled)].filter((file) => !file.startsWith('(')).sort()
}

/** @param projectRoot the folder of `cdk.json` */
export function codeVersion(projectRoot: string): string {
  const hash = createHash('sha256')
  for (const file of laneSources(projectRoot)) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(projectRoot, file)))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}
