/** `torghut rerun`: what was sealed is decided again, byte for byte; a changed rule is found and named. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstDifference } from '../../lib/replay/first-difference.ts'
import { jsonLines, runInside, spawnCli } from '../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-rerun-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pluginOf = (name: string, notional: string) => {
  writeFileSync(
    join(folder, name),
    `export const plugins = ({ decimal }) => [{
       pluginId: 'swing', version: '1.0.0', requiredFeatures: ['boll_mid'],
       evaluate(_context, { values }) {
         if (values.price > decimal('930')) throw new Error('dizzy')
         const direction = values.price < values.boll_mid ? 'buy' : 'sell'
         return { direction, confidence: decimal('0.6'), targetNotional: decimal('${notional}'), explain: ['swing'] }
       },
     }]`,
  )
  return name
}
const strategiesOf = (name: string, symbols: string) => {
  writeFileSync(
    join(folder, name),
    `- { id: swing, name: S, strategy_type: swing, version: 1.0.0, enabled: true, base_timeframe: 1Day, universe_symbols: ${symbols} }\n`,
  )
  return name
}
const rerun = (...words: readonly string[]) => runInside(['rerun', ...words], { folder })

beforeAll(async () => {
  const plugins = pluginOf('swing.mjs', '2000')
  const strategies = strategiesOf('s.yaml', '[SPX, AAPL]')
  const words = [
    '--from',
    '2009-07-01',
    '--to',
    '2009-08-31',
    '--strategies',
    strategies,
    '--plugins',
    plugins,
  ]
  const { code, stderr } = await runInside(['dev', ...words], { folder })
  if (code !== 0) throw new Error(stderr)
})

describe('sealed cycles planned again', () => {
  it('are as they were sealed, errors and open circuits included', async () => {
    const { code, stdout, stderr } = await rerun('--plugins', 'swing.mjs', '--json')
    expect(code).toBe(0)
    const rows = jsonLines(stdout) as { readonly result: string }[]
    expect(rows.length).toBeGreaterThan(35)
    expect(rows.every(({ result }) => result === 'same')).toBe(true)
    expect(stderr).toContain(`${rows.length} cycles as sealed, 0 otherwise, 0 that cannot`)
  })

  it('with the plugins of the run, where none are named', async () => {
    const { code, stderr } = await rerun()
    expect(stderr).toMatch(/^\d\d cycles as sealed, 0 otherwise, 0 that cannot/)
    expect(code).toBe(0)
  })

  it('by a rule that was changed since are found, and the first field that differs is named', async () => {
    pluginOf('swing.mjs', '4000')
    // a process of its own: this one has loaded the module already
    const { code, stdout } = await spawnCli(['rerun'], { folder })
    pluginOf('swing.mjs', '2000')
    expect(code).toBe(1)
    // the first signal is that of 1 July; it is seen after the next open
    expect(stdout.split('\n')[0]).toMatch(
      /^paper 2009-07-02T13:31:00Z cycle \d+: decisions\[0\]\.[a-zA-Z]+ was .+, is /,
    )
  })

  it('under other plugins tell what would have been decided, which is no fault', async () => {
    const { code, stdout } = await rerun('--plugins', pluginOf('larger.mjs', '4000'))
    expect(code).toBe(0)
    const changes = stdout.split(/\n|; /).flatMap((line) => line.match(/buy \d+ -> buy \d+$/) ?? [])
    expect(changes.length).toBeGreaterThan(10)
    // twice the notional buys twice as many whole shares, or one more; sales are bound by what is held
    const others = changes.filter((change) => {
      const [was = 0, is = 0] = (change.match(/\d+/g) ?? []).map(Number)
      return is !== 2 * was && is !== 2 * was + 1
    })
    expect(others).toEqual([])
  })

  it('under other strategies tell what would have been decided, which is no fault', async () => {
    const strategies = strategiesOf('one.yaml', '[SPX]')
    const { code, stdout } = await rerun('--plugins', 'swing.mjs', '--strategies', strategies)
    expect(code).toBe(0)
    expect(stdout).toMatch(/AAPL 2009-07-\d\dT20:00:00Z: (buy|sell) \d+.* -> nothing/)
    expect(stdout).not.toMatch(/SPX .* -> nothing/)
  })

  it('without a run say so', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const { code, stderr } = await runInside(['rerun'], { folder: empty })
    expect(code).toBe(2)
    expect(stderr).toContain('there is no run')
  })
})

describe('the first difference', () => {
  it.each([
    [{ a: [1, { b: 2n }] }, { a: [1, { b: 3n }] }, { path: 'a[1].b', left: 2n, right: 3n }],
    [{ a: 1 }, { a: 1, c: null }, { path: 'c', left: undefined, right: null }],
    [[1, 2], [1], { path: '[1]', left: 2, right: undefined }],
    [{ a: [] }, { a: {} }, { path: 'a', left: [], right: {} }],
  ])('of pair %#', (left, right, difference) => {
    expect(firstDifference(left, right)).toEqual(difference)
    expect(firstDifference(left, structuredClone(left))).toBeNull()
  })
})
