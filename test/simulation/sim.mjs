// `npm run sim`: compiles the simulator the way the command line is compiled, then runs it.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

await build({
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  entryPoints: ['test/simulation/sim/main.ts'],
  outfile: 'dist/sim/main.mjs',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
})
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
await import(new URL('../../dist/sim/main.mjs', import.meta.url).href)
