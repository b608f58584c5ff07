/** `torghut dev` and `torghut decisions` as people use them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliResult, jsonLines, runInside } from '../support/run-cli.ts'

const RANGE = ['--from', '2009-07-07', '--to', '2009-07-08']

const root = mkdtempSync(join(tmpdir(), 'torghut-dev-cli-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('torghut dev', () => {
  const folder = join(root, 'run')
  let result: CliResult
  beforeAll(async () => {
    mkdirSync(folder)
    result = await runInside(['dev', ...RANGE], { folder })
  })

  it('ends stdout with the digest and has a table and a picture per account before it', () => {
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toMatch(/\n[0-9a-f]{64}\n$/)
    expect(result.stdout).toMatch(/balanced[^]*signals +4[^]*contrarian[^]*signals +4/)
    expect(result.stdout.match(/2009-07-08 +2009-07-09/g)).toHaveLength(2)
  })

  it('gives the same as JSON', async () => {
    const again = await runInside(['dev', ...RANGE, '--json'], { folder })
    const [report] = jsonLines(again.stdout)
    expect(report).toMatchObject({
      finished: true,
      digest: result.stdout.trimEnd().split('\n').at(-1),
      accounts: [
        { label: 'balanced', signals: 4, cursor: 4, orders: { filled: 2 } },
        { label: 'contrarian', signals: 4, cursor: 4, orders: { filled: 2 } },
      ],
    })
  })

  it('leaves behind what was decided for each signal and why', async () => {
    const json = await runInside(['decisions', '--account', 'contrarian', '--json'], { folder })
    const rows = jsonLines(json.stdout)
    expect(rows).toHaveLength(4)
    expect(rows).toContainEqual(
      expect.objectContaining({
        account: 'contrarian',
        event_ts: '2009-07-07T20:00:00Z',
        symbol: 'SPX',
        outcome: 'decided:1',
        decision: expect.objectContaining({
          side: 'buy',
          denied: null,
          strategies: ['reversion'],
          reasons: ['below_lower_band'],
          order: expect.objectContaining({ state: 'filled', average_fill_price: '881.900024' }) as unknown,
        }) as unknown,
      }),
    )
    const table = await runInside(['decisions', '--symbol', 'SPX'], { folder })
    expect(table.stdout).toMatch(
      /contrarian +2009-07-07 20:00Z +16:00 EDT +SPX +buy 10 at 881\.030029 +filled: 10 at 881\.900024/,
    )
    expect(table.stdout).not.toContain('AAPL')
    const denied = await runInside(['decisions', '--denied', '--json'], { folder })
    expect(denied.stdout).toBe('')
  })

  it('names the account that was meant', async () => {
    const { code, stderr } = await runInside(['decisions', '--account', 'balancd'], { folder })
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean balanced?')
  })
})

describe('torghut dev over data of one’s own', () => {
  const strategy = (timeframe: string) =>
    `[{"id":"r","name":"R","strategy_type":"band_reversion","version":"1.0.0","enabled":true,"base_timeframe":"${timeframe}"}]`
  const plugins = ['--plugins', resolve(import.meta.dirname, '../../examples/plugins.mjs')]

  it('fills orders on a signals file at the price that the next signal tells', async () => {
    const folder = join(root, 'own-signals')
    mkdirSync(folder)
    const signal = (day: string, seq: number, price: string) => ({
      event_ts: `${day}T20:00:00Z`,
      symbol: 'ABC',
      timeframe: '1Day',
      seq,
      source: 'lab',
      payload: {
        price,
        macd: '0',
        macd_signal: '0',
        rsi14: '50',
        boll_mid: '100',
        boll_upper: '110',
        boll_lower: '90',
      },
    })
    const signals = [
      signal('2024-01-02', 1, '90'),
      signal('2024-01-03', 2, '95'),
      signal('2024-01-04', 3, '111'),
      signal('2024-01-05', 4, '112.5'),
    ]
    // The second one is told twice, as producers do.
    const lines = [...signals, signals[1]].map((one) => JSON.stringify(one)).join('\n')
    writeFileSync(join(folder, 's.jsonl'), lines)
    writeFileSync(join(folder, 's.yaml'), strategy('1Day'))
    const options = ['--signals', 's.jsonl', '--strategies', 's.yaml', ...plugins]
    const result = await runInside(['dev', ...options], { folder })
    expect(result).toMatchObject({ code: 0 })
    const rows = jsonLines((await runInside(['decisions', '--json'], { folder })).stdout)
    // 10000 / 90 buys 111 on January 3; the sell of the 4th takes 10000 / 111 of them; the last has no next price.
    expect(rows).toMatchObject([
      { decision: { side: 'buy', quantity: '111', order: { state: 'filled', average_fill_price: '95' } } },
      { decision: null, outcome: 'no_intent' },
      { decision: { side: 'sell', quantity: '90', order: { state: 'filled', average_fill_price: '112.5' } } },
      { decision: { side: 'sell', quantity: '21', order: { state: 'accepted', filled_quantity: '0' } } },
    ])
  })

  it('trades minute bars inside the session only, at the next bar’s open', async () => {
    const folder = join(root, 'own-bars')
    mkdirSync(folder)
    const rows = Array.from({ length: 60 }, (_, minute) => {
      const at = new Date(Date.UTC(2024, 0, 3, 14, minute)).toISOString()
      // Quiet, with a fall below the bands before the opening at 14:30 and another after it.
      const close = minute === 22 || minute === 44 ? 96 : 100 + (minute % 2) / 10
      return `${at},ABC,${close + 0.5},${close + 0.6},${close},${close},1000`
    })
    writeFileSync(join(folder, 'b.csv'), `timestamp,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`)
    writeFileSync(join(folder, 's.yaml'), strategy('1Min'))
    const options = ['--bars', 'b.csv', '--strategies', 's.yaml', ...plugins]
    expect(await runInside(['dev', ...options], { folder })).toMatchObject({ code: 0 })
    const decided = jsonLines((await runInside(['decisions', '--json'], { folder })).stdout).filter(
      (row) => (row as { decision: { side: string } | null }).decision?.side === 'buy',
    )
    expect(decided).toMatchObject([
      { event_ts: '2024-01-03T14:45:00Z', decision: { price: '96', order: { average_fill_price: '100.6' } } },
    ])
  })
})

describe('bad input to torghut dev ends with one message, exit code 2, and no state', () => {
  const strategy = `- {id: a, name: A, strategy_type: band_reversion, version: '1.0.0', enabled: true, base_timeframe: 1Day}\n`
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[], RegExp])[] = [
    [
      'a malformed bar',
      { 'b.csv': 'timestamp,symbol,open,high,low,close,volume\n2009-01-05T00:00:00Z,SPY,1,1,1,x,1\n' },
      ['--bars', 'b.csv'],
      /b\.csv:2 close: found "x", allowed: a decimal number/,
    ],
    [
      'a malformed signal',
      { 's.jsonl': '{"event_ts":"yesterday"}\n' },
      ['--signals', 's.jsonl'],
      /s\.jsonl:1 event_ts/,
    ],
    ['bars and signals at once', {}, ['--bars', 'b.csv', '--signals', 's.jsonl'], /one of them/],
    ['a missing file', {}, ['--bars', 'none.csv'], /none\.csv: found no such file/],
    [
      'a module that does not exist',
      { 'y.yaml': strategy.replace('band_reversion', 'band_reversal') },
      ['--strategies', 'y.yaml', '--plugins', 'p.mjs'],
      /p\.mjs/,
    ],
    [
      'a plugin nobody brings',
      { 'y.yaml': strategy.replace('band_reversion', 'intraday_tsmon') },
      ['--strategies', 'y.yaml'],
      /strategy a strategy_type: found "intraday_tsmon".*did you mean intraday_tsmom\?/,
    ],
    [
      'an unknown version',
      { 'y.yaml': strategy.replace('band_reversion', 'intraday_tsmom') },
      ['--strategies', 'y.yaml'],
      /strategy a version: found "1\.0\.0", allowed: 1\.1\.0/,
    ],
    [
      'a module that throws',
      { 'p.mjs': 'throw new Error("no network here")' },
      ['--plugins', 'p.mjs'],
      /p\.mjs: found a module that cannot be imported \(no network here\)/,
    ],
    [
      'a module that is not there',
      {},
      ['--plugins', 'q.mjs'],
      /q\.mjs: found no such file, allowed: a module/,
    ],
    ['a TypeScript one', {}, ['--plugins', 'q.ts'], /q\.ts: found no such file, allowed: a module/],
    ['accounts that are no JSON', { 'a.json': '[{' }, ['--accounts', 'a.json'], /a\.json/],
    [
      'a live account',
      { 'a.json': '[{"label":"x","mode":"live"}]' },
      ['--accounts', 'a.json'],
      /a\.json \[0\]\.mode: found a live account, allowed: paper/,
    ],
    [
      'an unknown strategy of an account',
      { 'a.json': '[{"label":"x","strategies":["reversio"]}]' },
      ['--accounts', 'a.json'],
      /a\.json \[0\]\.strategies: found "reversio".*did you mean reversion\?/,
    ],
    [
      'a date that does not exist',
      {},
      ['--from', '2009-02-30'],
      /--from: found "2009-02-30", allowed: a date as YYYY-MM-DD/,
    ],
    [
      'a range that ends before it begins',
      {},
      ['--from', '2009-03-02', '--to', '2009-03-01'],
      /--to: found 2009-03-01/,
    ],
    [
      'a range without data',
      {},
      ['--from', '1999-01-01', '--to', '1999-12-31'],
      /no signals from 1999-01-01 to 1999-12-31/,
    ],
  ]
  it.each(cases)('%s', async (name, files, options, message) => {
    const folder = join(root, name.replaceAll(' ', '-'))
    mkdirSync(folder)
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
    const { code, stdout, stderr } = await runInside(['dev', ...options], { folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n +at /)
    expect(existsSync(join(folder, '.torghut'))).toBe(false)
  })

  it('a setting that does not exist', async () => {
    const folder = join(root, 'setting')
    mkdirSync(folder)
    const environment = { TRADING_ALLOW_SHORT: 'true' }
    const { code, stderr } = await runInside(['dev'], { folder, environment })
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean TRADING_ALLOW_SHORTS?')
    expect(existsSync(join(folder, '.torghut'))).toBe(false)
  })

  it('a flags file that is none', async () => {
    const folder = join(root, 'flags')
    mkdirSync(join(folder, '.torghut'), { recursive: true })
    writeFileSync(join(folder, '.torghut/flags.json'), '{"TRADING_ENABLED": tru')
    const { code, stderr } = await runInside(['dev'], { folder })
    expect(code).toBe(2)
    expect(stderr).toContain('flags.json')
    expect(readFileSync(join(folder, '.torghut/flags.json'), 'utf8')).toBe('{"TRADING_ENABLED": tru')
  })
})

describe('silence', () => {
  const folder = join(root, 'silent')
  const words = ['dev', ...RANGE, '--strategies', 'minutes.yaml', '--fresh']
  beforeAll(() => {
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'minutes.yaml'),
      '- { id: quick, name: Q, strategy_type: legacy_macd_rsi, version: 1.0.0, enabled: true, base_timeframe: 1m }\n',
    )
  })

  it('of a strategy that was never asked has its reason, below the results and in the JSON', async () => {
    const { code, stderr } = await runInside(words, { folder })
    expect(code).toBe(0)
    expect(stderr).toContain('Strategy quick was never asked: signals are of 1Day, it wants 1m')
    const { stdout } = await runInside([...words, '--json'], { folder })
    expect(jsonLines(stdout)[0]).toMatchObject({ warnings: [{ strategy_id: 'quick', never_asked: true }] })
  })

  it('of a kill switch is broken: at the start and at the end', async () => {
    await runInside(['kill', 'on'], { folder })
    const { stderr } = await runInside(words, { folder })
    expect(stderr.match(/kill switch is (on|still on) for paper/g)).toEqual([
      'kill switch is on for paper',
      'kill switch is still on for paper',
    ])
  })

  it('is foretold by `strategies validate --bars`', async () => {
    writeFileSync(
      join(folder, 'bars.csv'),
      'date,open,high,low,close\n2024-01-02,1,1,1,1\n2024-01-03,1,1,1,1\n',
    )
    const validate = ['strategies', 'validate', 'minutes.yaml', '--bars', 'bars.csv', '--symbol', 'SPY']
    const { code, stderr } = await runInside(validate, { folder })
    expect(code).toBe(0)
    expect(stderr).toContain('Strategy quick: no bars are named 1m; did you mean 1Min?')
    expect(stderr).toContain('Strategy quick was never asked: signals are of 1Day')
  })

  it('of plugins that look too far back, or wait for what never comes, is broken by each verb', async () => {
    writeFileSync(
      join(folder, 'bars.csv'),
      'date,open,high,low,close\n2024-01-02,1,1,1,1\n2024-01-03,1,1,1,1\n',
    )
    writeFileSync(
      join(folder, 'plugins.mjs'),
      `const plugin = (pluginId, more) => ({ pluginId, version: '1.0.0', needs: 'price', requiredFeatures: [], evaluate: () => null, ...more })
       export const plugins = [
         plugin('patient', { history: 200 }),
         plugin('waiting', { requiredFeatures: ['custom.sentiment'] }),
         plugin('served', { requiredFeatures: ['custom.lowest'], history: 1 }),
       ]
       export const indicators = [{ names: ['lowest'], initial: () => null, next: (_, { low }) => low, values: (low) => ({ lowest: low }) }]`,
    )
    const strategy = (id: string) =>
      `- { id: ${id}, name: ${id}, strategy_type: ${id}, version: 1.0.0, enabled: true, base_timeframe: 1Day }\n`
    writeFileSync(join(folder, 'plugins.yaml'), ['patient', 'waiting', 'served'].map(strategy).join(''))
    const bars = ['--bars', 'bars.csv', '--symbol', 'SPY', '--plugins', 'plugins.mjs']
    const asked = [...bars, '--strategies', 'plugins.yaml']
    for (const given of [
      ['strategies', 'validate', 'plugins.yaml', ...bars],
      ['replay', 'run', ...asked],
      ['backtest', ...asked],
      ['dev', ...asked, '--fresh'],
    ]) {
      const { code, stderr } = await runInside(given, { folder })
      expect(code).toBe(0)
      expect(stderr.split('\n').filter((line) => line.includes('never asked'))).toEqual([
        'Strategy patient was never asked: it looks 200 signals back, and no symbol has more than 2',
        'Strategy waiting was never asked: none of its 2 signals has custom.sentiment',
      ])
    }
  })
})
