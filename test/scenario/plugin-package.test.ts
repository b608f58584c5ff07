/** What plugin authors work with: `torghut/plugin` and `torghut/testing`, strict types, modules in TypeScript, refusals. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPluginModule } from '../../lib/adapters/files/load-plugin-module.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { definePlugin, sub } from '../../lib/strategy/exports/plugin.ts'
import { contextOf, evaluate, featuresOf } from '../../lib/strategy/exports/testing.ts'

type PluginFaults = (paths?: { project: string; registry: string }) => Promise<string | null>
const check: string = '../../cdk/check-plugins.mjs'
const { pluginFaults } = (await import(check)) as { readonly pluginFaults: PluginFaults }

const ROOT = resolve(import.meta.dirname, '../..')
const COMPILER = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const folder = mkdtempSync(join(tmpdir(), 'torghut-authors-'))
afterAll(() => rmSync(folder, { recursive: true }))

const PLUGIN = `
import { definePlugin, decimal, div, min, sub, type Decimal } from 'torghut/plugin'

const HALF: Decimal = decimal('0.5')

export const plugins = [
  definePlugin({
    pluginId: 'mine',
    version: '1.0.0',
    requiredFeatures: ['ema12', 'bar', 'custom.atr14'],
    evaluate({ params }, { values: { price, ema12, rsi14, ema26 }, bar, custom: { atr14 } }) {
      if (ema12 > price) throw new RangeError('too far')
      const confidence = min(HALF + div(price - ema12, price), decimal('0.9'))
      const distance = ema26 === null ? 0n : sub(ema26, rsi14)
      if (distance > HALF || typeof atr14 === 'string') return null
      const notional = decimal(String(params['notional'] ?? '100'))
      return { direction: 'buy', confidence, targetNotional: notional + bar.high, explain: ['mine'] }
    },
  }),
]
`

describe('a module in TypeScript, in a folder of its own', () => {
  beforeAll(() => {
    const run = spawnSync(process.execPath, [COMPILER, '-p', 'tsconfig.types.json'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    if (run.status !== 0) throw new Error(run.stdout)
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(ROOT, join(folder, 'node_modules/torghut'))
  })

  function compile(source: string): string {
    writeFileSync(join(folder, 'checked.ts'), source)
    const options = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes']
    const module = ['--module', 'preserve', '--target', 'es2022', '--ignoreConfig', '--pretty', 'false']
    const run = spawnSync(process.execPath, [COMPILER, ...options, ...module, 'checked.ts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return run.stdout
  }

  it('compiles under strict with what it requires not null', () => {
    expect(compile(PLUGIN)).toBe('')
  })

  it('does not compile when it takes for granted what it does not require', () => {
    expect(compile(PLUGIN.replace("'ema12', 'bar',", ''))).toMatch(
      /'ema12' is possibly 'null'[^]*'bar' is possibly 'null'/,
    )
  })

  it('is loaded, leaves nothing behind, and its errors name its own lines', async () => {
    const file = join(folder, 'mine.ts')
    writeFileSync(file, PLUGIN)
    const { plugins } = await loadPluginModule(file)
    const [mine] = plugins
    if (mine === undefined) throw new Error('nothing was loaded')
    const payload = { ema12: '90', open: '1', high: '2', low: '1', atr14: '1' }
    expect(evaluate(mine, { payload, params: { notional: '50' } })).toMatchObject({
      kind: 'intent',
      intent: { direction: 'buy', confidence: decimal('0.6'), targetNotional: decimal('52') },
    })
    expect(evaluate(mine, { payload: { ...payload, ema12: '101' } })).toMatchObject({
      kind: 'error',
      message: 'RangeError: too far',
      place: expect.stringContaining(`${file}:12:`) as string,
    })
    expect(readdirSync(folder).filter((name) => name.endsWith('.mjs'))).toEqual([])
  })

  it('that is no TypeScript is named, with the line', async () => {
    const file = join(folder, 'broken.ts')
    writeFileSync(file, 'export const plugins = [\n')
    await expect(loadPluginModule(file)).rejects.toMatchObject({ violations: [{ path: file }] })
  })
})

describe('torghut/testing', () => {
  const picky = definePlugin({
    pluginId: 'picky',
    version: '1.0.0',
    requiredFeatures: ['ema12'],
    evaluate({ symbol }, { values }) {
      if (symbol === 'WANTED')
        return { direction: 'sell', confidence: 1n, targetNotional: sub(values.ema12, 1n), explain: [] }
      return symbol === 'WRONG' ? ({ direction: 'hold' } as never) : null
    },
  })

  it('asks as the runtime does', () => {
    expect(evaluate(picky)).toEqual({ kind: 'not_asked', missing: 'a feature that it requires' })
    const payload = { ema12: '5' }
    expect(evaluate(picky, { payload })).toEqual({ kind: 'nothing' })
    expect(evaluate(picky, { payload: { ...payload, macd: null } })).toEqual({
      kind: 'not_asked',
      missing: 'missing_required_features:macd',
    })
    expect(evaluate(picky, { payload, symbol: 'WANTED' })).toMatchObject({
      kind: 'intent',
      intent: { direction: 'sell', targetNotional: decimal('4.99999999') },
    })
    expect(evaluate(picky, { payload, symbol: 'WRONG' })).toMatchObject({
      kind: 'error',
      reason: 'invalid_intent',
    })
  })

  it('makes contexts and vectors of what matters', () => {
    expect(picky.evaluate(contextOf({ symbol: 'WANTED' }), featuresOf({ ema12: '5' }))).toMatchObject({
      targetNotional: decimal('4.99999999'),
    })
  })
})

describe('cdk deploy', () => {
  const project = join(folder, 'tsconfig.json')
  const registryOf = (exported: string) => {
    const file = join(folder, 'registry.ts')
    writeFileSync(file, `export const deployedIndicators = () => []\n${exported}`)
    return file
  }
  const projectOf = (file: string) =>
    writeFileSync(
      project,
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        include: [file],
        compilerOptions: { types: [] },
      }),
    )

  it('takes the repository’s own plugins', async () => {
    expect(await pluginFaults()).toBeNull()
  })

  it('refuses plugins that do not compile, and says where', async () => {
    const registry = registryOf('export const deployedRegistry = () => { const x: number = "1"; return x }')
    projectOf(registry)
    expect(await pluginFaults({ project, registry })).toMatch(
      /does not compile:[^]*registry\.ts\(2,\d+\): error TS2322/,
    )
  })

  it('refuses plugins that are none', async () => {
    const registry = registryOf(
      'export const deployedRegistry = (): never => { throw new Error("no plugin") }',
    )
    projectOf(registry)
    expect(await pluginFaults({ project, registry })).toBe('plugins/ cannot be deployed: no plugin')
  })
})
