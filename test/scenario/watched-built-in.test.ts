/**
 * A built-in strategy that does not come back, in a thread that is watched: nobody guards its plans from inside, so it is the
 * watching thread that ends it, names it, and begins again without it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { watchedRun } from '../../lib/cli/engine/watched-run.ts'
import { Output } from '../../lib/cli/terminal/output.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { jsonLines } from '../support/run-cli.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'torghut-built-in-'))
const engine = join(folder, 'engine.mjs')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** In the place of a built-in plugin of ours: loops at the price of 103, and wants to buy at all others. */
const LOOPING = `
  import { decimal } from '../../domain/decimal.ts'
  import { preparedPlugin } from '../prepared-plugin.ts'
  const intent = Object.freeze({
    direction: 'buy', confidence: decimal('0.5'), targetNotional: decimal('500'), explain: Object.freeze(['looping']),
  })
  export const intradayTsmom = () =>
    preparedPlugin({ pluginId: 'intraday_tsmom', version: '1.1.0', requiredFeatures: [] }, () => ({ values }) => {
      if (values.price === decimal('103')) for (;;);
      return intent
    })
`

beforeAll(async () => {
  await build({
    absWorkingDir: root,
    entryPoints: ['bin/engine.ts'],
    outfile: engine,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire as requiring } from 'node:module'; const require = requiring(import.meta.url)",
    },
    logLevel: 'silent',
    plugins: [
      {
        name: 'looping',
        setup: (building) =>
          building.onLoad({ filter: /plugins[/\\]intraday-tsmom\.ts$/ }, () => ({
            contents: LOOPING,
            loader: 'ts',
          })),
      },
    ],
  })
  const strategy = (id: string, type: string, version: string) =>
    `- { id: ${id}, name: ${id}, strategy_type: ${type}, version: ${version}, enabled: true, base_timeframe: 1Min }\n`
  writeFileSync(
    join(folder, 'strategies.yaml'),
    strategy('a', 'honest', '1.0.0') + strategy('b', 'intraday_tsmom', '1.1.0'),
  )
  writeFileSync(
    join(folder, 'plugins.mjs'),
    `export const plugins = ({ decimal }) => [{
       pluginId: 'honest', version: '1.0.0', requiredFeatures: [], needs: 'price',
       evaluate: () => ({ direction: 'buy', confidence: decimal('0.5'), targetNotional: decimal('500'), explain: ['honest'] }),
     }]`,
  )
  // MACD and RSI need so many bars; the price is 103 at the last but two
  const bars = Array.from({ length: 60 }, (_, index) => {
    const price = 160 - index
    const at = new Date(Date.UTC(2024, 2, 6, 15, index)).toISOString()
    return `${at},AAPL,${price},${price},${price},${price},1`
  })
  writeFileSync(join(folder, 'bars.csv'), `timestamp,symbol,open,high,low,close,volume\n${bars.join('\n')}\n`)
  writeFileSync(join(folder, 'accounts.json'), '[{"label":"one"}]')
  // where the packaged files would be looked for
  writeFileSync(join(folder, 'package.json'), '{}')
})

function told() {
  const texts = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof texts) =>
    Object.assign(
      new Writable({
        decodeStrings: false,
        write: (text: string, _encoding, done) => {
          texts[name] += text
          done()
        },
      }),
      { isTTY: false },
    )
  return { texts, output: new Output({ stdout: stream('stdout'), stderr: stream('stderr') }, {}) }
}

const OPTIONS = {
  bars: ['bars.csv'],
  strategies: 'strategies.yaml',
  plugins: 'plugins.mjs',
  accounts: 'accounts.json',
  json: true,
}
const COSTS = { cash: decimal('100000'), feeBps: 0n, feePerShare: 0n, slippageBps: 0n }

it.each([
  ['backtest', { ...OPTIONS, ...COSTS }],
  ['replay run', { ...OPTIONS, mode: 'plugin_v3', circuitErrors: 3, circuitCooldownSeconds: 300 }],
] as const)('is ended, named and left out of a %s from there on', async (verb, options) => {
  const { texts, output } = told()
  const context = { output, environment: {}, folder }
  const code = await watchedRun({ verb, options, budgetMs: 1000 }, context, pathToFileURL(engine))
  expect({ code, stderr: texts.stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /^strategy b did not come back at signal 58: the run begins again, without it from there on$/m,
    ),
  })
  expect(texts.stderr).toMatch(/^Strategy b: plugin_timeout/m)
  expect(jsonLines(texts.stdout).length).toBeGreaterThan(0)
})
