// `npm run bench:cold`: compiles the benchmark of the functions' bundles the way the command line is compiled,
// then runs it. See bench/cold.ts.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

await build({
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  entryPoints: ['bench/cold.ts'],
  outdir: 'dist/bench',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
})
await import(new URL('../dist/bench/cold.mjs', import.meta.url).href)
