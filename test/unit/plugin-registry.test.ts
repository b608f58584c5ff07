/** Registry, user plugin modules and compilation: exact versions, aliases, errors that name what is wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fc } from '../support/properties.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../lib/domain/errors.ts'
import { loadPluginModule } from '../../lib/adapters/files/load-plugin-module.ts'
import { validateModule } from '../../lib/strategy/plugin-module.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { BUYER, compile, definitionWith, evaluateOnce, signalWith } from '../support/strategy-fixtures.ts'
import { violationsOf } from '../support/violations.ts'

describe('registry', () => {
  const registry = builtinRegistry([BUYER, { ...BUYER, version: '2.0.0' }])
  const resolved = (type: string, version: string) => {
    const resolution = registry.resolve(type, version)
    return resolution.kind === 'found'
      ? `${resolution.plugin.pluginId}@${resolution.plugin.version}`
      : resolution.kind
  }

  it.each([
    ['legacy_macd_rsi', '1.0.0', 'legacy_macd_rsi@1.0.0'],
    ['intraday_tsmom', '1.1.0', 'intraday_tsmom@1.1.0'],
    ['static', '1.0.0', 'legacy_macd_rsi@1.0.0'],
    ['intraday_tsmom_v1', '1.1.0', 'intraday_tsmom@1.1.0'],
    ['tsmom_intraday', '1.1.0', 'intraday_tsmom@1.1.0'],
    ['buyer', '2.0.0', 'buyer@2.0.0'],
    // no silent substitute
    ['intraday_tsmom', '1.0.0', 'unknown_version'],
    ['intraday_tsmom_v1', '1.0.0', 'unknown_version'],
    ['legacy_macd_rsi', '1.0', 'unknown_version'],
    ['buyer', '1', 'unknown_version'],
    ['Static', '1.0.0', 'unknown_type'],
    ['constructor', '1.0.0', 'unknown_type'],
  ])('%s@%s is %s', (type, version, expected) => {
    expect(resolved(type, version)).toBe(expected)
  })

  it('lists what it knows, for suggestions', () => {
    expect(registry.knownTypes()).toEqual([
      'buyer',
      'intraday_tsmom',
      'intraday_tsmom_v1',
      'legacy_macd_rsi',
      'static',
      'tsmom_intraday',
    ])
    expect(registry.versionsOf('buyer')).toEqual(['1.0.0', '2.0.0'])
    expect(registry.versionsOf('tsmom_intraday')).toEqual(['1.1.0'])
    expect(registry.versionsOf('nothing')).toEqual([])
  })

  it('refuses every plugin whose place is taken', () => {
    const taken = [BUYER, BUYER, { ...BUYER, pluginId: 'legacy_macd_rsi' }, { ...BUYER, pluginId: 'static' }]
    const paths = violationsOf(() => builtinRegistry(taken)).map(({ path }) => path)
    expect(paths).toEqual(['plugin buyer@1.0.0', 'plugin legacy_macd_rsi@1.0.0', 'plugin static@1.0.0'])
  })
})

describe('plugin module', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'torghut-plugins-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function moduleWith(name: string, text: string): Promise<string> {
    const file = join(folder, name)
    await writeFile(file, text)
    return file
  }

  it('exports an array or a function of the SDK; by path or URL', async () => {
    const plugin = `{ pluginId: 'mine', version: '1.0.0', requiredFeatures: ['price'], evaluate: () => null }`
    const array = await moduleWith('array.mjs', `export const plugins = [${plugin}]`)
    const made = await moduleWith(
      'function.mjs',
      `export const plugins = ({ decimal, mul, div, min, max }) => {
        const half = mul(max(decimal('1'), decimal('0.5')), min(div(decimal('1'), decimal('2')), decimal('9')))
        const intent = { direction: 'buy', confidence: half, targetNotional: decimal('5'), explain: [] }
        return [{ pluginId: 'mine', version: '1.0.0', requiredFeatures: ['price'], evaluate: () => intent }]
      }`,
    )
    expect((await loadPluginModule(array)).plugins).toMatchObject([{ pluginId: 'mine', version: '1.0.0' }])
    const { plugins } = await loadPluginModule(pathToFileURL(made).href)
    const { raw } = evaluateOnce(compile([definitionWith('m', 'mine')], plugins))
    expect(raw).toMatchObject([{ confidence: 50_000_000n, targetNotional: 500_000_000n }])
  })

  it('calls evaluate on its own object', () => {
    class Counter {
      readonly pluginId = 'counter'
      readonly version = '1.0.0'
      readonly requiredFeatures = ['price']
      calls = 0
      evaluate() {
        this.calls += 1
        return null
      }
    }
    const counter = new Counter()
    const compiled = compile(
      [definitionWith('c', 'counter')],
      validateModule({ plugins: [counter] }, 'counter.mjs').plugins,
    )
    expect(evaluateOnce(compiled).errors).toEqual([])
    expect(counter.calls).toBe(1)
  })

  it('names a file that throws on import, with the cause', async () => {
    const file = await moduleWith('throws.mjs', `throw new RangeError('no luck')`)
    const error = await loadPluginModule(file).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ cause: { name: 'RangeError' }, violations: [{ path: file }] })
    expect(String(error)).toContain('no luck')
  })

  it('names a file that patches a prototype when it is loaded, and nothing is patched', async () => {
    const map = Array.prototype.map
    const file = await moduleWith('patches.mjs', 'Array.prototype.map = () => []\nexport const plugins = []')
    const error = await loadPluginModule(file).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ violations: [{ path: file }] })
    expect(String(error)).toMatch(/read only property 'map'/)
    expect(Array.prototype.map).toBe(map)
    const inFunction = await moduleWith(
      'patches-later.mjs',
      'export const plugins = () => { Object.prototype.rsi14 = 1n; return [] }',
    )
    await expect(loadPluginModule(inFunction)).rejects.toMatchObject({
      violations: [{ path: `${inFunction} plugins` }],
    })
  })

  it('names a file that does not exist', async () => {
    const file = join(folder, 'absent.mjs')
    await expect(loadPluginModule(file)).rejects.toMatchObject({ violations: [{ path: file }] })
  })

  it.each<[string, unknown, readonly string[]]>([
    ['no such export', undefined, ['m.mjs plugins']],
    ['an object', {}, ['m.mjs plugins']],
    ['a function that throws', () => fail(), ['m.mjs plugins']],
    ['a function that returns a promise', () => Promise.resolve([]), ['m.mjs plugins']],
    ['an entry that is no object', [null, 3], ['m.mjs plugins[0]', 'm.mjs plugins[1]']],
    [
      'an empty entry',
      [{}],
      ['pluginId', 'version', 'requiredFeatures', 'evaluate'].map((name) => `m.mjs plugins[0].${name}`),
    ],
    ['a version that is a number', [{ ...BUYER, version: 1 }], ['m.mjs plugins[0].version']],
    [
      'unknown features',
      [BUYER, { ...BUYER, requiredFeatures: ['price', 'rsi'] }],
      ['m.mjs plugins[1].requiredFeatures[1]'],
    ],
    [
      'a getter that throws',
      [
        {
          ...BUYER,
          get version() {
            return fail()
          },
        },
      ],
      ['m.mjs plugins[0]'],
    ],
  ])('refuses %s, naming every place', (_what, exported, paths) => {
    expect(
      violationsOf(() => validateModule({ plugins: exported }, 'm.mjs')).map(({ path }) => path),
    ).toEqual(paths)
  })

  it('suggests the feature that was meant', () => {
    const plugins = [{ ...BUYER, requiredFeatures: ['rsi_14'] }]
    expect(violationsOf(() => validateModule({ plugins }, 'm.mjs'))).toMatchObject([{ didYouMean: 'rsi14' }])
  })
})

describe('compilation', () => {
  const definitions = ['b', 'a', 'Z', 'é'].map((id, index) =>
    definitionWith(id, 'buyer', { params: { index, nested: { list: [1, '2', null] } } }),
  )

  it('the order of the definitions changes neither hash nor order of evaluation', () => {
    const expected = compile(definitions, [BUYER])
    expect(expected.definitions.map(({ id }) => id)).toEqual(['Z', 'a', 'b', 'é'])
    expect(expected.catalogHash).toMatch(/^[0-9a-f]{64}$/)
    fc.assert(
      fc.property(fc.shuffledSubarray(definitions, { minLength: definitions.length }), (shuffled) => {
        const compiled = compile(shuffled, [BUYER])
        expect(compiled.catalogHash).toBe(expected.catalogHash)
        expect(evaluateOnce(compiled, signalWith())).toEqual(evaluateOnce(expected, signalWith()))
      }),
    )
  })

  it('every change of a definition changes the hash', () => {
    const changes = [
      { name: 'other' },
      { version: '2.0.0' },
      { enabled: false },
      { baseTimeframe: '5Min' },
      { universeSymbols: ['SPY'] },
      { legacyFallback: false },
      { params: { index: 7 } },
    ]
    const hashes = [{}, ...changes].map(
      (change) => compile([definitionWith('a', 'buyer', change)], [BUYER]).catalogHash,
    )
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it('refuses ids that are used twice or reserved', () => {
    const ids = ['a', 'aggregated', 'a', 'b']
    const twice = ids.map((id) => definitionWith(id, 'buyer'))
    expect(violationsOf(() => compile(twice, [BUYER])).map(({ path }) => path)).toEqual([
      'strategy a',
      'strategy aggregated',
    ])
  })
})

function fail(): never {
  throw new Error('boom')
}
