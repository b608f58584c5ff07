/**
 * How a function's bundle is made: one CommonJS file, minified, the SDK included. The one source of these
 * options: the stack, `npm run bench:cold` and the tests of the bundles all take them from here.
 *
 * `mainFields`: without it some dependencies are bundled twice, once per module format. Names are not kept
 * (they cost a tenth of a bundle and a call per function at import), so nothing may depend on the name of a
 * class or function; our errors carry theirs as text. The alias leaves out the SDK's providers of credentials
 * that no function uses; see its target.
 */
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'
import type { FunctionName } from '../lib/config/deployment-names.ts'

export const BUNDLE_TARGET = 'node24'
export const BUNDLE_MAIN_FIELDS = ['module', 'main']

/** What stands for a package in the bundles. @param projectRoot the folder of `cdk.json` */
export function bundleAliases(projectRoot: string): Readonly<Record<string, string>> {
  return {
    '@aws-sdk/credential-provider-node': join(projectRoot, 'functions/wiring/environment-credentials.ts'),
  }
}

/** @param projectRoot the folder of `cdk.json` */
export function functionEntry(projectRoot: string, name: FunctionName): string {
  return join(projectRoot, 'functions', `${name}.ts`)
}

/** A function's bundle in esbuild's own words, for those who bundle without the CDK. */
export function esbuildOptions(projectRoot: string, name: FunctionName) {
  return {
    absWorkingDir: projectRoot,
    entryPoints: [functionEntry(projectRoot, name)],
    bundle: true,
    platform: 'node',
    target: BUNDLE_TARGET,
    format: 'cjs',
    mainFields: BUNDLE_MAIN_FIELDS,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    alias: bundleAliases(projectRoot),
    logLevel: 'warning',
  } as const satisfies BuildOptions
}
