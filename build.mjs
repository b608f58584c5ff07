// Bundles the command line from TypeScript into dist/, so that `npx torghut` starts fast on every
// supported Node. Packages stay external; only our own sources are compiled.
import { build } from 'esbuild'

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
