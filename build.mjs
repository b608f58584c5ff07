// Bundles the command line from TypeScript into dist/, so that `npx torghut` starts fast on every supported Node: its
// packages too, since few files are loaded in less time than many. With `--if-changed`, and for who imports it, only where an
// input is not as it was when it was last bundled.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const ROOT = import.meta.dirname
const INPUTS = [
  'bin',
  'build.mjs',
  'lib',
  'migrations',
  // what is installed, which may lag behind the lock file
  'node_modules/.package-lock.json',
  'package-lock.json',
  'package.json',
  'plugins',
  'tsconfig.json',
]
/** Written last: what dist/ was made of. */
const MADE_OF = join(ROOT, 'dist/made-of')
/** Programs, what looks for files of its own, and what is seldom asked for and large. */
const NOT_BUNDLED = ['@platformatic/kafka', 'dynalite', 'esbuild', 'level']
const OUTPUTS = [
  'dist/made-of',
  'dist/cli.mjs',
  'dist/engine.mjs',
  'dist/report/page.js',
  'dist/report/style.css',
]

const inputs = stateOfInputs()
const isAsked = basename(process.argv[1] ?? '') === 'build.mjs' && !process.argv.includes('--if-changed')
const isFresh =
  OUTPUTS.every((name) => existsSync(join(ROOT, name))) && readFileSync(MADE_OF, 'utf8') === inputs
if (isAsked || !isFresh) {
  rmSync(MADE_OF, { force: true })
  // most starts need none of it
  const { build } = await import('esbuild')
  await bundleReportPage(build)
  await bundleCommandLine(build)
  writeFileSync(MADE_OF, inputs)
}

/** Names, sizes and times of change of all that goes in; packages change with what npm notes of them. */
function stateOfInputs() {
  const files = INPUTS.filter((name) => existsSync(join(ROOT, name))).flatMap((name) =>
    statSync(join(ROOT, name)).isFile()
      ? [name]
      : readdirSync(join(ROOT, name), { recursive: true }).map((file) => join(name, file)),
  )
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    // a link that leads nowhere, as editors leave them, goes into nothing
    const { size, mtimeMs } = statSync(join(ROOT, file), { throwIfNoEntry: false }) ?? {}
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/** The page of reports: one script and one style, which stand in each report's file with the charts' licence. */
async function bundleReportPage(build) {
  await build({
    absWorkingDir: ROOT,
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
}

async function bundleCommandLine(build) {
  const forNode = {
    absWorkingDir: ROOT,
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
    external: NOT_BUNDLED,
    // else what is there in both formats of modules comes twice
    mainFields: ['module', 'main'],
    // packages in CommonJS ask for Node's own modules
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  }
  // the thread that runs are made in, which is loaded with each of them: one file takes less than its parts do
  await build({ ...forNode, entryPoints: { engine: 'bin/engine.ts' } })
  // last, since `npx torghut` takes its age for that of all
  await build({
    ...forNode,
    entryPoints: {
      cli: 'bin/main.ts',
      plugin: 'lib/strategy/exports/plugin.ts',
      testing: 'lib/strategy/exports/testing.ts',
    },
    splitting: true,
  })
}
