/**
 * How a function's bundle is made: one CommonJS file, minified, the SDK included, and one more for each package
 * that most invocations never load (a file is parsed whole when it is loaded, whatever of it is run). The one
 * source of these options: the stack, `npm run bench:cold` and the tests of the bundles all take them from here.
 *
 * `mainFields`: without it some dependencies are bundled twice, once per module format. Names are not kept
 * (they cost a tenth of a bundle and a call per function at import), so nothing may depend on the name of a
 * class or function; our errors carry theirs as text. The aliases leave out what no function uses of the SDK, such as
 * its providers of credentials; see their targets.
 */
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'
import type { FunctionName } from '../lib/domain/deployment-parts.ts'

/** What all files of all bundles have in common, in esbuild's own words. */
export const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
} as const satisfies BuildOptions

/** The packages that get a file of their own: only dynamic imports may lead to them. */
export function deferredPackages(name: FunctionName): readonly string[] {
  return name === 'lane' || name === 'market-data' ? ['@alpacahq/alpaca-trade-api/rest'] : []
}

/** Where a deferred package is found by the function at run time. @param folder that of the function's bundle */
export function deferredFile(folder: string, name: string): string {
  return join(folder, 'node_modules', `${name}.js`)
}

/** What stands for a package in the bundles. @param projectRoot the folder of `cdk.json` */
export function bundleAliases(projectRoot: string): Readonly<Record<string, string>> {
  return {
    '@aws-sdk/credential-provider-node': join(projectRoot, 'functions/wiring/environment-credentials.ts'),
    '@aws-sdk/middleware-endpoint-discovery': join(projectRoot, 'functions/wiring/no-endpoint-discovery.ts'),
  }
}

/** @param projectRoot the folder of `cdk.json` */
export function functionEntry(projectRoot: string, name: FunctionName): string {
  return join(projectRoot, 'functions', `${name}.ts`)
}

/**
 * A function's bundle for those who bundle without the CDK: `index.js` first, then its deferred packages.
 * @param folder where they are written
 */
export function esbuildOptions(projectRoot: string, name: FunctionName, folder: string) {
  const file = (entry: string, outfile: string) =>
    ({ ...COMMON, absWorkingDir: projectRoot, entryPoints: [entry], outfile }) satisfies BuildOptions
  const deferred = deferredPackages(name)
  return [
    {
      ...file(functionEntry(projectRoot, name), join(folder, 'index.js')),
      alias: bundleAliases(projectRoot),
      external: [...deferred],
    },
    ...deferred.map((entry) => file(entry, deferredFile(folder, entry))),
  ]
}

/** Bundles a deferred package as `esbuildOptions` does, as a shell command for the CDK's own bundling. */
export function deferredCommand(folder: string, name: string): string {
  const { platform, target, format, mainFields } = COMMON
  return [
    `npx esbuild --bundle ${name} --platform=${platform} --target=${target} --format=${format}`,
    `--main-fields=${mainFields.join(',')} --minify --sourcemap --sources-content=false --log-level=warning`,
    `--outfile="${deferredFile(folder, name)}"`,
  ].join(' ')
}

/** Leaves only our own sources in the source maps of a bundle, as a shell command; see the script. */
export function trimCommand(projectRoot: string, folder: string, name: FunctionName): string {
  const scripts = [
    join(folder, 'index.js'),
    ...deferredPackages(name).map((entry) => deferredFile(folder, entry)),
  ]
  const maps = scripts.map((script) => `"${script}.map"`)
  return `node "${join(projectRoot, 'cdk/trim-source-map.mjs')}" ${maps.join(' ')}`
}
