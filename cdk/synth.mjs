// Runs the CDK app: compiles it into dist/ first, since Node 20 does not run TypeScript.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const outfile = new URL('../dist/cdk.mjs', import.meta.url)
await build({
  entryPoints: [fileURLToPath(new URL('app.ts', import.meta.url))],
  outfile: fileURLToPath(outfile),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
})
await import(outfile.href)
