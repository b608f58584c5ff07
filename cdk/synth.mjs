// Runs the CDK app: compiles it into dist/ first, since Node 20 does not run TypeScript. Refuses plugins that would not run.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { pluginFaults } from './check-plugins.mjs'

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
const faults = await pluginFaults()
if (faults !== null) {
  process.stderr.write(`${faults}\n`)
  process.exit(2)
}
await import(outfile.href)
