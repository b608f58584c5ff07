/** What people and scripts rely on: results on stdout, progress on stderr, exit codes, one message per error. */
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLI, jsonLines, runInside, spawnCli, type CliResult } from '../support/run-cli.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'
const FALLBACK = 'TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY'

const STRATEGY = {
  id: 'one',
  name: 'One',
  strategy_type: 'legacy_macd_rsi',
  version: '1.0.0',
  enabled: true,
  base_timeframe: '1Min',
  universe_symbols: null,
  params: { max_notional_per_trade: '500' },
}
const SIGNAL = {
  event_ts: '2026-02-10T14:30:00Z',
  symbol: 'SPY',
  timeframe: '1Min',
  seq: 1,
  source: 'ta',
  payload: { price: 100, macd: 1, macd_signal: 0.5, rsi14: 30 },
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'))
})
afterEach(() => rm(folder, { recursive: true }))

const run = (...words: string[]) => runInside(words, { folder })
const write = (name: string, text: string) => writeFile(join(folder, name), text)
const storedFlags = async () =>
  JSON.parse(await readFile(join(folder, '.torghut/flags.json'), 'utf8')) as object

/** One message on stderr that names what is wrong, no stack, nothing on stdout. */
function expectRefusal(result: CliResult, code: number, ...parts: string[]): void {
  expect(result.code).toBe(code)
  expect(result.stdout).toBe('')
  for (const part of parts) expect(result.stderr).toContain(part)
  expect(result.stderr.match(/^error:/gm)).toHaveLength(1)
  expect(result.stderr).not.toMatch(/^\s+at /m)
}

describe('usage', () => {
  it('shows every verb, with an example of each, on stdout', async () => {
    const { code, stdout } = await spawnCli(['--help'], { folder })
    expect(code).toBe(0)
    for (const verb of ['replay', 'order-feed', 'strategies', 'kill', 'flags']) expect(stdout).toContain(verb)
    const verbs = [
      'replay run',
      'order-feed inspect',
      'strategies validate',
      'kill on',
      'kill off',
      'flags set',
    ]
    for (const verb of verbs) {
      const help = await run(...verb.split(' '), '--help')
      expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(`$ torghut ${verb}`) as string })
      expect(help.stdout).toContain('--json')
    }
  })

  it.each([
    [['replai', 'run'], 'Did you mean replay?'],
    [['kill', 'of'], 'Did you mean one of off, on?'],
    [['kill', 'on', '--acount', 'a'], 'Did you mean --account?'],
    // beside a mandatory option that is missing, since it is misspelt
    [
      [
        'data',
        'download',
        '--symbols',
        'A',
        '--timeframe',
        '1Min',
        '--form',
        '2024-01-02',
        '--to',
        '2024-01-03',
      ],
      "unknown option '--form', and required option '--from <date>' not specified\n(Did you mean --from?)",
    ],
    [
      ['data', 'download', '--xyzzy', '1'],
      "unknown option '--xyzzy', and required option '--symbols <list>' not specified\nRun the command",
    ],
    [['data', 'download', '--', '--from'], "error: required option '--symbols <list>' not specified"],
    [['flags', 'sett'], 'did you mean set?'],
    [['flags', 'list', 'TRADING_MODES'], 'did you mean TRADING_MODE?'],
    [['replay', 'run', '--strategies', 's.json'], 'either --signals FILE or --bars FILE'],
    [['replay', 'run', '--signals', 'a', '--bars', 'b', '--strategies', 's'], 'either'],
    [['replay', 'run', '--signals', 'a'], '--strategies'],
    [['replay', 'run', '--signals', 'a', '--strategies', 's', '--circuit-errors', '0'], 'whole number'],
    [
      ['replay', 'run', '--signals', 'a', '--strategies', 's', '--mode', 'plugin_3'],
      'Did you mean plugin_v3?',
    ],
    [['kill', 'on', '--account', 'no spaces'], 'label'],
    [['order-feed', 'inspect'], 'file'],
    [['order-feed', 'inspect', 'a', 'b'], 'too many arguments'],
  ])('refuses %j', async (words, hint) => {
    expectRefusal(await run(...words), 2, hint)
  })
})

describe('input that cannot be used', () => {
  const replay = (...words: string[]) =>
    run('replay', 'run', '--signals', 's.jsonl', '--strategies', 's.json', ...words)
  beforeEach(async () => {
    await write('s.jsonl', JSON.stringify(SIGNAL))
    await write('s.json', JSON.stringify([STRATEGY]))
  })

  it('is told by file and line before anything is printed', async () => {
    await write(
      's.jsonl',
      [SIGNAL, { ...SIGNAL, seq: -1 }, SIGNAL].map((line) => JSON.stringify(line)).join('\n'),
    )
    expectRefusal(await replay('--json'), 2, 's.jsonl:2 seq: found -1')
  })

  it('is told for bars by file, line and column', async () => {
    const lines = ['timestamp,symbol,open,high,low,close,volume', '2013-10-04T08:00:00Z,SPY,1,1,1,x,1']
    await write('b.csv', lines.join('\n'))
    expectRefusal(
      await run('replay', 'run', '--bars', 'b.csv', '--strategies', 's.json'),
      2,
      'b.csv:2',
      '"x"',
    )
  })

  it('is told for strategies by line and field, with the name that was meant', async () => {
    await write('s.json', JSON.stringify([{ ...STRATEGY, parms: {} }], null, 2))
    expectRefusal(await replay(), 2, 's.json:13 [0].parms', 'did you mean params?')
  })

  it('is told for files that are missing, folders, or not text', async () => {
    expectRefusal(await run('order-feed', 'inspect', 'none.jsonl'), 2, 'none.jsonl: found no such file')
    expectRefusal(await run('strategies', 'validate', '.'), 2, 'a folder')
    await writeFile(join(folder, 'bytes'), Buffer.from([0xff, 0xfe, 0x00]))
    expectRefusal(await run('strategies', 'validate', 'bytes'), 2, 'bytes that are not UTF-8')
    expectRefusal(await run('order-feed', 'inspect', 'bytes'), 2, 'bytes that are not UTF-8')
  })

  it('is told for order feed lines', async () => {
    await write('m.jsonl', '{"topic":"t","value":{},"default_account_label":"a b"}')
    expectRefusal(
      await run('order-feed', 'inspect', 'm.jsonl'),
      2,
      'm.jsonl:1 value',
      'default_account_label',
    )
  })

  it('is told for plugin modules that throw, or export something else', async () => {
    await write('throws.mjs', 'throw new Error("no licence")')
    expectRefusal(await replay('--plugins', 'throws.mjs'), 2, 'throws.mjs', 'no licence')
    await write('other.mjs', 'export const plugin = []')
    expectRefusal(await replay('--plugins', 'other.mjs'), 2, 'other.mjs')
  })

  it('is told for an account that the registry does not know', async () => {
    const environment = { TRADING_ACCOUNTS_JSON: '[{"label":"paper","strategies":["other"]}]' }
    const words = ['replay', 'run', '--signals', 's.jsonl', '--strategies', 's.json', '--json', '--account']
    expectRefusal(await runInside([...words, 'papers'], { folder, environment }), 2, 'did you mean paper?')
    const { code, stdout } = await runInside([...words, 'paper'], { folder, environment })
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ intents: [], raw: [] })
  })

  it('shows where it happened only when asked', async () => {
    const words = ['strategies', 'validate', 'none.yaml']
    const { stderr } = await runInside(words, { folder, environment: { TORGHUT_DEBUG: '1' } })
    expect(stderr).toMatch(/^\s+at /m)
  })
})

describe('strategies validate', () => {
  it('ends 0 when every plugin is there, 1 when one is not', async () => {
    await write('good.json', JSON.stringify([STRATEGY, { ...STRATEGY, id: 'two', strategy_type: 'static' }]))
    expect((await run('strategies', 'validate', 'good.json')).code).toBe(0)
    await write('bad.json', JSON.stringify([STRATEGY, { ...STRATEGY, id: 'two', version: '1.0.1' }]))
    const { code, stdout } = await run('strategies', 'validate', 'bad.json', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      strategies: [{ problem: null }, { strategy_id: 'two', problem: 'unknown_version', known: ['1.0.0'] }],
    })
  })

  it('knows the plugins of a module', async () => {
    await write('mine.json', JSON.stringify([{ ...STRATEGY, strategy_type: 'mine' }]))
    expect((await run('strategies', 'validate', 'mine.json')).code).toBe(1)
    await write(
      'mine.mjs',
      `export const plugins = () => [
        { pluginId: 'mine', version: '1.0.0', requiredFeatures: [], evaluate: () => null },
      ]`,
    )
    expect((await run('strategies', 'validate', 'mine.json', '--plugins', 'mine.mjs')).code).toBe(0)
  })
})

describe('kill switch', () => {
  it('goes on without a question', async () => {
    expect((await spawnCli(['kill', 'on'], { folder })).code).toBe(0)
    expect(await storedFlags()).toEqual({ [KILL]: 'true' })
    expect((await run('kill', 'on', '--account', 'b')).code).toBe(0)
    expect(await storedFlags()).toEqual({ [KILL]: 'true', [`accounts/b/${KILL}`]: 'true' })
  })

  it('goes off only with the label', async () => {
    await run('kill', 'on')
    expectRefusal(await spawnCli(['kill', 'off'], { folder }), 4, '--confirm paper')
    expectRefusal(await run('kill', 'off', '--confirm', 'live'), 4)
    expectRefusal(await run('kill', 'off', '--account', 'b', '--confirm', 'paper'), 4, '--confirm b')
    expect(await storedFlags()).toEqual({ [KILL]: 'true' })
    const { code, stdout } = await run('kill', 'off', '--confirm', 'paper', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      kill_switch: 'off',
      account: null,
      before: 'true',
      effective: 'off',
    })
  })

  it('cannot be got round by setting the flag', async () => {
    expectRefusal(await run('flags', 'set', KILL, 'false'), 4)
    expectRefusal(await run('flags', 'set', `accounts/b/${KILL}`, 'false', '--confirm', 'paper'), 4)
    expect((await run('flags', 'set', KILL, 'true')).code).toBe(0)
  })

  it('says when it stays on all the same', async () => {
    const environment = { [KILL]: 'true', TRADING_ACCOUNT_LABEL: 'main' }
    const result = await runInside(['kill', 'off', '--confirm', 'main', '--json'], { folder, environment })
    expect(JSON.parse(result.stdout)).toMatchObject({ kill_switch: 'off', effective: 'on' })
    expect(result.stderr).toContain('still counts as on')
  })
})

describe('flags', () => {
  it('are listed with where their values come from', async () => {
    await run('flags', 'set', 'TRADING_COOLDOWN_SECONDS', '60')
    const environment = { TRADING_COOLDOWN_SECONDS: '10', TRADING_SIGNAL_SOURCE: 'lab' }
    const { code, stdout } = await runInside(['flags', '--json'], { folder, environment })
    expect(code).toBe(0)
    const rows = JSON.parse(stdout) as { name: string; value: string; source: string }[]
    const row = (name: string) => rows.find((candidate) => candidate.name === name)
    expect(row('TRADING_COOLDOWN_SECONDS')).toMatchObject({ value: '60', default: '0' })
    expect(row('TRADING_SIGNAL_SOURCE')).toMatchObject({ value: 'lab', source: 'environment' })
    expect(row('TRADING_MODE')).toMatchObject({ value: 'paper', source: 'default' })
  })

  it('of the local profile stand above the defaults and below what is stored', async () => {
    const shown = async () => (await spawnCli(['flags', 'list', KILL, '--json'], { folder })).stdout
    expect(JSON.parse(await shown())).toMatchObject([{ value: 'false', source: 'profile', default: 'true' }])
    await run('kill', 'on')
    expect(JSON.parse(await shown())).toMatchObject([{ value: 'true' }])
  })

  it('are refused when unknown, not allowed or contradictory', async () => {
    expectRefusal(await run('flags', 'set', 'TRADING_ENABLE', 'true'), 2, 'did you mean TRADING_ENABLED?')
    expectRefusal(await run('flags', 'set', 'TRADING_ENABLED', 'ture'), 2, 'did you mean true?')
    await run('flags', 'set', 'TRADING_CALENDAR', 'always')
    expectRefusal(await run('flags', 'set', 'TRADING_MODE', 'live'), 2, 'TRADING_CALENDAR')
  })

  it('want the label for turning the fallback off', async () => {
    expectRefusal(await run('flags', 'set', FALLBACK, 'false'), 4, '--confirm paper')
    expect((await run('flags', 'set', FALLBACK, 'false', '--confirm', 'paper')).code).toBe(0)
    expect((await run('flags', 'set', FALLBACK, 'true')).code).toBe(0)
  })

  it('are shown even when one is wrong, with exit code 2', async () => {
    const environment = { TRADING_MODE: 'demo' }
    const { code, stdout, stderr } = await runInside(['flags'], { folder, environment })
    expect(code).toBe(2)
    expect(stdout).toContain('TRADING_MODE')
    expect(stderr).toContain('"demo"')
  })

  it('that cannot be read or written end in a clear message', async () => {
    await mkdir(join(folder, '.torghut'))
    await write('.torghut/flags.json', '{"TRADING')
    expectRefusal(await run('flags'), 2, 'flags.json')
    expectRefusal(await run('flags', 'set', 'TRADING_ENABLED', 'true'), 2, 'flags.json')
    expect(await readFile(join(folder, '.torghut/flags.json'), 'utf8')).toBe('{"TRADING')
    await rm(join(folder, '.torghut'), { recursive: true })
    await write('.torghut', 'a file in the way')
    await chmod(join(folder, '.torghut'), 0o444)
    expectRefusal(await run('kill', 'on'), 2, '.torghut')
  })
})

describe('output', () => {
  it('has no colours in a pipe, and survives a reader that goes away', async () => {
    const lines = Array.from({ length: 20_000 }, (_, seq) => JSON.stringify({ ...SIGNAL, seq }))
    await write('many.jsonl', lines.join('\n'))
    await write('s.json', JSON.stringify([STRATEGY]))
    const words = ['replay', 'run', '--signals', 'many.jsonl', '--strategies', 's.json', '--json']
    const child = spawn(process.execPath, [CLI, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((done) => child.once('close', done))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('is a table for people', async () => {
    await write('s.jsonl', JSON.stringify(SIGNAL))
    await write('s.json', JSON.stringify([STRATEGY]))
    const { stdout } = await spawnCli(['replay', 'run', '--signals', 's.jsonl', '--strategies', 's.json'], {
      folder,
    })
    expect(stdout).toMatch(/^SPY +1 +0 +1 +1 +0 +0$/m)
    expect(stdout).toMatch(/^digest [0-9a-f]{64}$/m)
    expect(stdout).not.toContain('\u001B[')
  })
})
