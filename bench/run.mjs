// `npm run bench`, `bench:backtest`, `bench:cycle` and so on: compiles a benchmark (bench/main.ts, bench/backtest.ts ...) and
// the child programs of its own the way the command line is compiled, then runs it: `node bench/run.mjs NAME [CHILD ...]`.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const [name, ...others] = process.argv.slice(2)
// numbers and options are the benchmark's own
const children = others.filter((word) => !/^\d+$|^--/.test(word))
// `| head` ends the reader, not the benchmark's fault
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1))
await build({
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  entryPoints: [name, ...children].map((program) => `bench/${program}.ts`),
  outdir: 'dist/bench',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
})
await import(new URL(`../dist/bench/${name}.mjs`, import.meta.url).href)
