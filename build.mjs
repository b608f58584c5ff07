// Bundles the command line from TypeScript into dist/, so that `npx torghut` starts fast on every
// supported Node. Packages stay external, those of the thread of runs excepted; only our own sources are compiled.
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

const forNode = {
  absWorkingDir: import.meta.dirname,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'linked',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
}

await build({
  ...forNode,
  entryPoints: {
    cli: 'bin/main.ts',
    plugin: 'lib/strategy/exports/plugin.ts',
    testing: 'lib/strategy/exports/testing.ts',
  },
  splitting: true,
  packages: 'external',
})

// the thread that runs are made in, which is loaded with each of them: one file takes half of what its parts and packages do
await build({
  ...forNode,
  entryPoints: { engine: 'bin/engine.ts' },
  external: ['esbuild'],
  // packages in CommonJS ask for Node's own modules
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
})
