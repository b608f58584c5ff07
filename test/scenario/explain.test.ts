/** `torghut explain`: a decision made again from its sealed cycle, every number worked out by hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, runInside } from '../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-explain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Three that want the same every day, one that throws, one that wants nothing. */
const PLUGINS = `export const plugins = ({ decimal }) => {
  const always = (pluginId, direction, confidence, notional) => ({
    pluginId, version: '1.0.0', requiredFeatures: [],
    evaluate: () => ({ direction, confidence: decimal(confidence), targetNotional: decimal(notional), explain: [pluginId + '_says'] }),
  })
  return [
    always('bull', 'buy', '0.8', '3000'), always('calf', 'buy', '0.6', '2000'), always('bear', 'sell', '0.9', '2500'),
    { pluginId: 'dizzy', version: '1.0.0', requiredFeatures: [], evaluate() { throw new Error('dizzy') } },
    { pluginId: 'calm', version: '1.0.0', requiredFeatures: [], evaluate: () => null },
  ]
}`
const STRATEGIES = ['bull', 'calf', 'bear', 'dizzy', 'calm']
  .map((id) => {
    const cap = id === 'bull' ? ", params: { max_notional_per_trade: '1500' }" : ''
    // nothing is held of Apple: the bear's sale is denied
    const symbols = id === 'bear' ? '[AAPL, SPX]' : '[SPX]'
    return `- { id: ${id}, name: ${id}, strategy_type: ${id}, version: 1.0.0, enabled: true, base_timeframe: 1Day, universe_symbols: ${symbols}, legacy_fallback: false${cap} }\n`
  })
  .join('')

interface Row {
  readonly decision: { readonly decision_id: string; readonly denied: string | null } | null
}
interface Explained {
  readonly side: string
  readonly difference: string | null
  readonly planned: {
    readonly features: Readonly<Record<string, string>>
    readonly strategies: readonly Readonly<Record<string, unknown>>[]
    readonly merge: Readonly<Record<string, unknown>> & {
      readonly intents: readonly Readonly<Record<string, unknown>>[]
    }
    readonly sizing: Readonly<Record<string, unknown>>
    readonly checks: readonly {
      readonly reason: string
      readonly verdict: string
      readonly figures: string | null
    }[]
  }
  readonly order: Readonly<Record<string, unknown>> | null
}

const run = (...words: readonly string[]) => runInside(words, { folder })
let rows: readonly Row[] = []

beforeAll(async () => {
  writeFileSync(join(folder, 'p.mjs'), PLUGINS)
  writeFileSync(join(folder, 's.yaml'), STRATEGIES)
  const words = ['--from', '2009-07-01', '--to', '2009-07-08', '--strategies', 's.yaml', '--plugins', 'p.mjs']
  const { code, stderr } = await run('dev', ...words)
  if (code !== 0) throw new Error(stderr)
  rows = jsonLines((await run('decisions', '--json')).stdout) as Row[]
})

const decisionId = (isThat: (denied: string | null) => boolean): string =>
  rows.find(({ decision }) => decision !== null && isThat(decision.denied))?.decision?.decision_id ?? ''
const explain = async (...words: readonly string[]): Promise<Explained> => {
  const { code, stdout, stderr } = await run('explain', ...words, '--plugins', 'p.mjs', '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return jsonLines(stdout)[0] as Explained
}

describe('a decision explained', () => {
  it('tells what each strategy said, and how it was merged', async () => {
    const { planned, side, difference } = await explain(decisionId((denied) => denied === null))
    expect(difference).toBeNull()
    expect(planned.strategies.map(({ strategy, answer, error }) => [strategy, answer, error])).toEqual([
      ['bear', 'intent', null],
      ['bull', 'intent', null],
      ['calf', 'intent', null],
      ['calm', 'nothing', null],
      ['dizzy', 'error', 'plugin_error: Error: dizzy'],
    ])
    // 0.8 x 3000 + 0.6 x 2000 - 0.9 x 2500
    expect(planned.merge).toMatchObject({
      net: '1350',
      conflict: true,
      side: 'buy',
      confidence: '0.7',
      target_notional: '5000',
    })
    expect(
      planned.merge.intents.map(({ rank, strategy, weight, won }) => [rank, strategy, weight, won]),
    ).toEqual([
      [1, 'bear', '-2250', false],
      [2, 'bull', '2400', true],
      [3, 'calf', '1200', true],
    ])
    expect(side).toBe('buy')
    expect(Number(planned.features['price'])).toBeGreaterThan(800)
  })

  it('names the cap that bound the size, and every check with its figures', async () => {
    const { planned, order } = await explain(decisionId((denied) => denied === null))
    // bull may deal 1500, calf what it asks for
    expect(planned.sizing['bounds']).toEqual([
      { bound: 'target_notional', amount: '5000', binds: false },
      { bound: 'strategy_caps', amount: '3500', binds: true },
    ])
    const price = Number(planned.features['price'])
    const quantity = Math.floor(3500 / price)
    expect(planned.sizing).toMatchObject({ budget: '3500', step: '1', quantity: String(quantity) })
    expect(planned.checks.every(({ verdict }) => verdict === 'passed')).toBe(true)
    const figures = (name: string) => planned.checks.find(({ reason }) => reason === name)?.figures
    expect(figures('max_orders_exceeded')).toBe('1 <= 20')
    expect(figures('insufficient_buying_power')).toMatch(/^[\d,]+(\.\d\d)? <= [\d,]+(\.\d\d)?$/)
    expect(order).toMatchObject({ state: 'filled', filled_quantity: String(quantity), denied: null })
  })

  it('says where the checks ended for one that was denied, and is asked for by a few characters', async () => {
    const id = decisionId((denied) => denied !== null)
    const { planned, order } = await explain(id.slice(0, 8))
    const verdicts = planned.checks.map(({ reason, verdict }) => [reason, verdict])
    expect(verdicts.slice(11, 14)).toEqual([
      ['session_closed', 'passed'],
      ['shorts_not_allowed', 'denied'],
      ['max_notional_exceeded', 'not_reached'],
    ])
    expect(planned.sizing).toMatchObject({ quantity: '0', denied: 'shorts_not_allowed' })
    expect(planned.merge).toBeNull()
    expect(order).toBeNull()
  })

  it('reads as sections for people', async () => {
    const id = decisionId((denied) => denied === null)
    const { stdout } = await run('explain', `tg-${id.slice(0, 12)}`, '--plugins', 'p.mjs')
    expect(stdout).toMatch(/^Decision\n  decided  buy \d SPX at \d+\.\d+ \(1Day\)\n/)
    expect(stdout).toContain('  net      1350 ')
    expect(stdout).toContain('binds')
    expect(stdout).toMatch(/Order\n  state +filled/)
  })

  it('is made by the plugins of the run, where none are named', async () => {
    const { stdout } = await run(
      'explain',
      decisionId((denied) => denied === null),
    )
    expect(stdout).toContain('bull_says')
    expect(stdout).toMatch(/^ {2}equity +100000$/m)
    expect(stdout).toMatch(/^ {2}held +nothing$/m)
    expect(stdout).not.toContain('Not planned again')
  })

  it('by another rule says what comes out otherwise', async () => {
    writeFileSync(join(folder, 'q.mjs'), PLUGINS.replace("'buy', '0.8', '3000'", "'buy', '0.8', '4000'"))
    const id = decisionId((denied) => denied === null)
    const { stdout } = await run('explain', id, '--plugins', 'q.mjs')
    expect(stdout).toContain('the code at hand decides otherwise: targetNotional was ')
  })

  it.each([
    ['abc', 'or its first 6 characters'],
    ['ffffffff', 'the id of a stored decision'],
  ])('that is not there is refused: %s', async (name, words) => {
    const { code, stderr } = await run('explain', name)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
    expect(stderr).toContain('`torghut decisions` lists them')
  })
})
