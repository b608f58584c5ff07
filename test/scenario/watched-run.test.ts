/**
 * `replay run` and `backtest` with plugins that end the thread that asks them, or never come back: each is named, the others'
 * intents are those of a run without it from there on, and Ctrl-C is always heard.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../../lib/domain/compare.ts'
import { CLI, jsonLines, spawnCli } from '../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-watched-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PLUGINS = ['honest', 'exits', 'loops', 'waits', 'rejects', 'throws_later', 'takes_all'] as const

beforeAll(() => {
  writeFileSync(
    join(folder, 'plugins.mjs'),
    `import { spawnSync } from 'node:child_process'
     const later = setImmediate
     // Ctrl-C while it is being asked, however late anybody else is
     const interrupt = () => spawnSync('sh', ['-c', 'kill -INT $PPID'])
     export const plugins = ({ decimal }) => {
       const at = (price, act) => ({ values }) => values.price === decimal(price) && act()
       const plugin = (pluginId, act) => ({
         pluginId, version: '1.0.0', requiredFeatures: [], needs: 'price',
         evaluate(_, features) {
           at('103', act)(features)
           return { direction: 'buy', confidence: decimal('0.5'), targetNotional: decimal('500'), explain: [pluginId] }
         },
       })
       return [
         plugin('honest', () => {}),
         plugin('exits', () => process.exit(7)),
         plugin('loops', () => { interrupt(); for (;;); }),
         plugin('waits', () => {
           interrupt()
           Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
         }),
         plugin('rejects', () => void Promise.reject(new Error('too late'))),
         plugin('throws_later', () => void later(() => { throw new Error('too late') })),
         plugin('takes_all', () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)) }),
       ]
     }`,
  )
  const strategy = (id: string, type: string) =>
    `- { id: ${id}, name: ${id}, strategy_type: ${type}, version: 1.0.0, enabled: true, base_timeframe: 1Min }\n`
  for (const name of PLUGINS) {
    const given = strategy('a', 'honest') + strategy('b', name) + strategy('c', 'honest')
    writeFileSync(join(folder, `${name}.yaml`), given)
  }
  const leaves = strategy('a', 'honest') + strategy('b', 'rejects') + strategy('c', 'throws_later')
  writeFileSync(join(folder, 'leaves.yaml'), leaves)
  const bars = Array.from(
    { length: 8 },
    (_, index) => `2024-03-06T15:0${index}:00Z,AAPL,${100 + index},200,90,${100 + index},1`,
  )
  writeFileSync(join(folder, 'bars.csv'), `timestamp,symbol,open,high,low,close,volume\n${bars.join('\n')}\n`)
})

const LEFT =
  /^error: what a strategy left behind has failed strategy_id=(\w) detail=Error: too late place=\S+plugins\.mjs:\d+:\d+$/gm

const words = (verb: string, name: string) => [
  ...verb.split(' '),
  '--bars',
  'bars.csv',
  '--strategies',
  `${name}.yaml`,
  '--plugins',
  'plugins.mjs',
  '--json',
]

interface Line {
  readonly raw?: readonly { readonly strategy_id: string }[]
  readonly errors?: readonly { readonly strategy_id: string; readonly reason: string }[]
}

const asked = (lines: readonly unknown[]) =>
  (lines as Line[]).flatMap(({ raw }) =>
    raw === undefined ? [] : [raw.map((one) => one.strategy_id).join('')],
  )

describe('a replay', () => {
  it.each([
    ['exits', 'ended the process (code 7)'],
    ['takes_all', '(took all memory|did not come back)'],
  ])('names a plugin that %s and goes on without it', async (name, why) => {
    // little memory, so that all of it is taken soon
    const environment = { NODE_OPTIONS: '--max-old-space-size=128' }
    const { code, stdout, stderr } = await spawnCli(words('replay run', name), { folder, environment })
    expect(code).toBe(0)
    expect(stderr).toMatch(
      new RegExp(
        `^strategy b ${why.replace(/\((?=code)|(?<=7)\)/g, '\\$&')} at signal 4: the run begins again`,
        'm',
      ),
    )
    const lines = jsonLines(stdout)
    expect(lines).toHaveLength(9)
    expect(asked(lines)).toEqual(['abc', 'abc', 'abc', 'ac', 'ac', 'ac', 'ac', 'ac'])
    expect((lines as Line[])[3]?.errors).toEqual([{ strategy_id: 'b', reason: 'plugin_timeout' }])
  })

  it('watches the questions of --check-purity as well', async () => {
    const asking = [...words('replay run', 'exits'), '--check-purity']
    const { code, stdout, stderr } = await spawnCli(asking, { folder })
    expect(stderr).toMatch(/^strategy b ended the process \(code 7\) at signal 4: the run begins again/m)
    expect(asked(jsonLines(stdout))).toEqual(['abc', 'abc', 'abc', 'ac', 'ac', 'ac', 'ac', 'ac'])
    expect(code).toBe(0)
  })

  it.each(['loops', 'waits'])('with a plugin that %s ends at once by Ctrl-C', async (name) => {
    const child = spawn(process.execPath, [CLI, ...words('replay run', name)], {
      cwd: folder,
      stdio: 'pipe',
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = new Promise((done) => child.once('close', (_code, signal) => done(signal)))
    // before it would have been given up, and the run gone on without it
    expect([await ended, said]).toEqual(['SIGINT', ''])
  })
})

describe('what plugins leave behind', () => {
  const run = (verb: string, name: string) => {
    const own = mkdtempSync(join(folder, 'run-'))
    const given = words(verb, name).map((word) => (/\.\w+$/.test(word) ? `../${word}` : word))
    return spawnCli(given, { folder: own })
  }
  /** Of which strategies something is said, in the order of their ids. */
  const named = (stderr: string) => [...stderr.matchAll(LEFT)].flatMap(([, id]) => id ?? []).toSorted(compare)
  const digest = (text: string) => (jsonLines(text).at(-1) as { readonly digest: string }).digest

  it('is named with its strategy by a replay', async () => {
    const { code, stdout, stderr } = await run('replay run', 'leaves')
    expect({ code, named: named(stderr), stderr }).toMatchObject({ code: 0, named: ['b', 'c'] })
    expect(asked(jsonLines(stdout))).toEqual(Array.from({ length: 8 }, () => 'abc'))
  })

  it.each(['backtest', 'dev'])('is named with its strategy by %s, and changes nothing', async (verb) => {
    const { code, stdout, stderr } = await run(verb, 'leaves')
    expect({ code, named: named(stderr), stderr }).toMatchObject({ code: 0, named: ['b', 'c'] })
    const honest = await run('backtest', 'honest')
    expect(digest(stdout)).toBe(digest(honest.stdout))
  })
})

it('a backtest names a plugin that would exit, and deals with the others', async () => {
  const { code, stdout, stderr } = await spawnCli(words('backtest', 'exits'), { folder })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  expect(stderr).toMatch(/^Strategy b: plugin_error: Error: a plugin may not call process\.exit, /m)
  const honest = await spawnCli(words('backtest', 'honest'), { folder })
  expect(honest.code).toBe(0)
  const orders = (text: string) => (jsonLines(text).at(-1) as { accounts: { orders: unknown }[] }).accounts[0]
  expect(orders(stdout)?.orders).toEqual(orders(honest.stdout)?.orders)
})
