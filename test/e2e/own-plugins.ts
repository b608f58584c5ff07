/**
 * Puts a lane function with plugins of the walk's own in the place of the deployed one: one that always contradicts the
 * MACD/RSI rule, one that fails, one that never comes back, one that looks 200 days back. The function's own code, bundled into
 * one file; a process that ran before is not asked again.
 */
import { LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda'
import { build, type PluginBuild } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from './deploy.ts'
import { PROJECT_ROOT, type Emulator } from './emulator.ts'

/** What the functions have of the default credentials, as the stack bundles them. */
const CREDENTIALS = 'functions/wiring/environment-credentials.ts'
const PLUGINS = `
export const plugins = ({ decimal }) => [
  {
    pluginId: 'contrary', version: '1.0.0', requiredFeatures: ['price'],
    evaluate: () => ({
      direction: 'sell', confidence: decimal('0.1'), targetNotional: decimal('1'), explain: ['contrary'],
    }),
  },
  {
    pluginId: 'broken', version: '1.0.0', requiredFeatures: ['price'],
    evaluate: () => { throw new Error('broken on purpose') },
  },
  { pluginId: 'looping', version: '1.0.0', requiredFeatures: ['price'], evaluate: () => { for (;;); } },
  {
    pluginId: 'long_memory', version: '1.0.0', requiredFeatures: [], needs: 'price', history: 200,
    evaluate: ({ history }) => ({
      direction: 'buy', confidence: decimal('0.9'), targetNotional: decimal('1000'),
      explain: [history[0].eventTs + ' to ' + history[199].eventTs],
    }),
  },
]
`

/** @param text of a module of plugins, instead of the walk's */
export async function deployPlugins(
  emulator: Emulator,
  { names }: Deployment,
  text = PLUGINS,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'torghut-lane-'))
  const plugins = [
    {
      name: 'plugins-of-the-walk',
      setup: (made: PluginBuild) => {
        made.onLoad({ filter: /\/plugins\/index\.ts$/ }, () => ({ contents: text, loader: 'ts' }))
      },
    },
  ]
  await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: ['functions/lane.ts'],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(PROJECT_ROOT, CREDENTIALS) },
    logLevel: 'warning',
    plugins,
  })
  execFileSync('python3', ['-m', 'zipfile', '-c', 'lane.zip', 'index.js'], { cwd: folder })
  const ZipFile = readFileSync(join(folder, 'lane.zip'))
  await new LambdaClient(emulator.client).send(
    new UpdateFunctionCodeCommand({ FunctionName: names.function('lane'), ZipFile }),
  )
  rmSync(folder, { recursive: true })
}
