/** `replay run --check-purity`: plugins that remember, count or roll dice are named, and honest ones are not. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, runInside } from '../support/run-cli.ts'

const root = mkdtempSync(join(tmpdir(), 'torghut-purity-'))
const folder = join(root, 'given')
let checks = 0
afterAll(() => rmSync(root, { recursive: true }))

const SIGNALS = 60
const strategy = (name: string) => ({
  id: name,
  name,
  strategy_type: name,
  version: '1.0.0',
  enabled: true,
  base_timeframe: '1Min',
})

beforeAll(() => {
  const signals = Array.from({ length: SIGNALS }, (_, index) => ({
    event_ts: new Date(Date.UTC(2024, 0, 3, 15, index)).toISOString(),
    symbol: index % 2 === 0 ? 'AAPL' : 'MSFT',
    timeframe: '1Min',
    seq: index,
    source: 'ta',
    payload: { price: String(100 + (index % 7)), macd: '1', macd_signal: '0', rsi14: '50' },
  }))
  mkdirSync(folder)
  writeFileSync(join(folder, 'signals.jsonl'), signals.map((one) => JSON.stringify(one)).join('\n'))
  mkdirSync(join(folder, 'lib'))
  writeFileSync(join(folder, 'lib/memory.mjs'), 'export const prices = new Set()\n')
  writeFileSync(
    join(folder, 'strategies.mjs'),
    `import { prices } from './lib/memory.mjs'
     let calls = 0
     let last = null
     const best = new Map()
     export const plugins = ({ decimal, max }) => {
       const plugin = (pluginId, evaluate, more = {}) => ({ pluginId, version: '1.0.0', requiredFeatures: [], evaluate, ...more })
       const buy = (reason, notional = '100') => ({ direction: 'buy', confidence: decimal('0.5'), targetNotional: decimal(notional), explain: [reason] })
       return [
         plugin('honest', (_, { values }) => (values.price > decimal('103') ? buy('high') : null)),
         plugin('looking_back', ({ history }, { values }) => (values.price > history[0].values.price ? buy('up') : null), { history: 1 }),
         plugin('counting', () => (++calls % 3 === 0 ? buy('third') : null)),
         plugin('comparing', (_, { values: { price } }) => {
           const rose = last !== null && price > last
           last = price
           return rose ? buy('rose') : null
         }),
         plugin('remembering', ({ symbol }, { values: { price } }) => {
           best.set(symbol, max(best.get(symbol) ?? price, price))
           return price < best.get(symbol) ? buy('below the best so far') : null
         }),
         plugin('elsewhere', (_, { values: { price } }) => {
           prices.add(price)
           return prices.size > 5 ? buy('many prices') : null
         }),
         plugin('failing', () => { throw new Error('always') }),
         plugin('failing_once', () => { if (++calls > 0 && best.size > 1) throw new Error('now and then'); return null }),
       ]
     }`,
  )
})

/** In a folder of its own, so that no plugin remembers another check. */
async function check(names: readonly string[], words: readonly string[] = ['--check-purity']) {
  checks += 1
  const own = join(root, `check-${checks}`)
  cpSync(folder, own, { recursive: true })
  writeFileSync(join(own, 'strategies.json'), JSON.stringify(names.map(strategy)))
  const files = [
    '--signals',
    'signals.jsonl',
    '--strategies',
    'strategies.json',
    '--plugins',
    'strategies.mjs',
  ]
  const { code, stdout, stderr } = await runInside(['replay', 'run', ...files, ...words, '--json'], {
    folder: own,
  })
  const { summary } = jsonLines(stdout).at(-1) as {
    readonly summary: { readonly digest: string; readonly impure?: readonly Record<string, unknown>[] }
  }
  return { code, stderr, digest: summary.digest, impure: summary.impure ?? null, left: readdirSync(own) }
}

describe('a strategy', () => {
  it('that depends on its arguments alone is cleared, failing and looking back included', async () => {
    const { code, impure, stderr } = await check(['honest', 'looking_back', 'failing'])
    expect(impure).toEqual([])
    expect(code).toBe(0)
    expect(stderr).toContain('Every strategy gave the same answers')
  })

  it('that counts its calls is named with its first signal and both answers', async () => {
    const { code, impure, stderr } = await check(['counting', 'honest'])
    expect(code).toBe(1)
    // two calls a signal: the third is the first one of the second signal
    expect(impure).toEqual([
      {
        strategy_id: 'counting',
        by: 'asked_again',
        event_ts: '2024-01-03T15:01:00Z',
        symbol: 'MSFT',
        answers: expect.arrayContaining(['nothing', 'buy 100 at 0.5 (third)']),
      },
    ])
    expect(stderr).toMatch(
      /Strategy counting .* at MSFT 2024-01-03T15:01:00Z it says buy .*third.*, and asked again nothing/,
    )
  })

  it('that compares with its last call is found by asking again', async () => {
    const { impure } = await check(['comparing'])
    expect(impure).toMatchObject([{ strategy_id: 'comparing', by: 'asked_again' }])
  })

  it('whose memory says the same when it is asked again is found by a module loaded anew', async () => {
    const { code, impure } = await check(['remembering', 'looking_back'])
    expect(code).toBe(1)
    expect(impure).toMatchObject([
      {
        strategy_id: 'remembering',
        by: 'loaded_anew',
        answers: ['buy 100 at 0.5 (below the best so far)', 'nothing'],
      },
    ])
  })

  it('whose memory lies in a file that its module imports is found too', async () => {
    const { impure } = await check(['elsewhere'])
    expect(impure).toMatchObject([{ strategy_id: 'elsewhere', by: 'loaded_anew' }])
  })
})

describe('the check', () => {
  it('changes nothing of what an honest replay comes to, and leaves no file behind', async () => {
    const plain = await check(['honest', 'looking_back', 'failing'], [])
    const checked = await check(['honest', 'looking_back', 'failing'], ['--check-purity', '7'])
    expect(checked.digest).toBe(plain.digest)
    expect(plain.impure).toBeNull()
    expect(checked.left.filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('finds the same again with the same seed', async () => {
    const [one, two] = [
      await check(['remembering'], ['--check-purity', '3']),
      await check(['remembering'], ['--check-purity', '3']),
    ]
    expect(one.impure).toEqual(two.impure)
  })
})
