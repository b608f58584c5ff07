// `npm run bench`: compiles the benchmark and its two child programs the way the command line is compiled,
// then runs it. See bench/main.ts.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
await build({
  absWorkingDir: root,
  entryPoints: ['bench/main.ts', 'bench/fresh-process.ts', 'bench/memory.ts'],
  outdir: 'dist/bench',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
})
await import(new URL('../dist/bench/main.mjs', import.meta.url).href)
