// Bundles the command line from TypeScript into dist/, so that `npx torghut` starts fast on every
// supported Node. Packages stay external; only our own sources are compiled.
import { build } from 'esbuild'

// the page of reports: one script and one style, which stand in each report's file with the charts' licence
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: { page: 'lib/replay/report/page/main.ts', style: 'lib/replay/report/page/style.css' },
  outdir: 'dist/report',
  bundle: true,
  minify: true,
  platform: 'browser',
  target: ['chrome103', 'firefox113', 'safari16.4'],
  format: 'iife',
  charset: 'ascii',
  legalComments: 'inline',
  logLevel: 'warning',
})

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: {
    cli: 'bin/main.ts',
    engine: 'bin/engine.ts',
    plugin: 'lib/strategy/exports/plugin.ts',
    testing: 'lib/strategy/exports/testing.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
})
