/** Bars given on the command line: files, folders and options, alike in `replay` and `dev`; and what plugins print. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonLines, runInside, spawnCli } from '../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-bars-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content)

const HEADER = 'Date,Open,High,Low,Close,Adj Close,Volume\n'
const days = (dates: readonly string[]) =>
  HEADER + dates.map((date) => `${date},10,11,9,10.5,10.5,100\n`).join('')

write(
  'strategies.yaml',
  `- { id: always, name: Always, strategy_type: always, version: '1.0.0', enabled: true, base_timeframe: 1Day }\n`,
)
write(
  'always.mjs',
  `export const plugins = ({ decimal }) => [{
     pluginId: 'always', version: '1.0.0', requiredFeatures: [],
     evaluate() { console.log('asked'); process.stdout.write('directly\\n'); return null },
   }]`,
)
mkdirSync(join(folder, 'prices'))
write('prices/AAPL.csv', days(['2024-01-02', '2024-01-03']))
write('prices/MSFT.csv.gz', gzipSync(days(['2024-01-02', '2024-01-03', '2024-01-04'])))
write('prices/notes.md', 'not read')
write('january.csv', days(['2024-01-02', '2024-01-03']))
write('later.csv', days(['2024-01-03', '2024-01-04']))

const replay = async (...words: readonly string[]) =>
  runInside(
    ['replay', 'run', ...words, '--strategies', 'strategies.yaml', '--plugins', 'always.mjs', '--json'],
    { folder },
  )
const signalsOf = (stdout: string) =>
  (jsonLines(stdout) as Record<string, string>[]).flatMap((line) =>
    'summary' in line ? [] : [`${line['symbol']} ${line['event_ts']}`],
  )

describe('bars', () => {
  it('of a folder are all read, compressed ones too, the symbols by their names', async () => {
    const { code, stdout } = await replay('--bars', 'prices', '--symbol', '@file')
    expect(code).toBe(0)
    expect(signalsOf(stdout)).toEqual([
      'AAPL 2024-01-02T21:00:00Z',
      'MSFT 2024-01-02T21:00:00Z',
      'AAPL 2024-01-03T21:00:00Z',
      'MSFT 2024-01-03T21:00:00Z',
      'MSFT 2024-01-04T21:00:00Z',
    ])
  })

  it('of several files count once where they overlap', async () => {
    const { stdout } = await replay('--bars', 'january.csv', '--bars', 'later.csv', '--symbol', 'spy')
    expect(signalsOf(stdout)).toEqual([2, 3, 4].map((day) => `SPY 2024-01-0${day}T21:00:00Z`))
  })

  it('that two files tell differently are refused', async () => {
    write('other.csv', days(['2024-01-03']).replace('10.5,100', '10.5,101'))
    const { code, stderr } = await replay('--bars', 'january.csv', '--bars', 'other.csv', '--symbol', 'SPY')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/other\.csv: found another bar of SPY at 2024-01-03/) as unknown,
    })
  })

  it('of one symbol in two timeframes are refused once, not bar by bar', async () => {
    write(
      'minutes.csv',
      'Date,Open,High,Low,Close,Volume\n2024-01-02T00:00:00Z,1,1,1,1,1\n2024-01-02T00:01:00Z,1,1,1,1,1\n',
    )
    const { code, stderr } = await replay('--bars', 'january.csv', '--bars', 'minutes.csv', '--symbol', 'SPY')
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/minutes\.csv: found SPY in 1Min, allowed: 1Day, as before/) as unknown,
    })
    expect(stderr).not.toContain('another bar')
  })

  it.each([
    [['--bars', 'january.csv'], /january\.csv:1: found no column for the symbol, allowed: .*--symbol/],
    [['--bars', 'nowhere'], /nowhere: found no such file/],
    [['--bars', 'january.csv', '--timezone', 'America/New_Yrok'], /Did you mean America\/New_York/],
    [['--bars', 'january.csv', '--date-order', 'ymd'], /dmy, mdy|dmy or mdy/],
  ])('given as %s are refused with what to do', async (words, message) => {
    const { code, stderr } = await replay(...words)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('of days are the same signals in a run as in a replay', async () => {
    write(
      'paris.csv',
      'timestamp,symbol,open,high,low,close,volume\n2024-01-02T00:00:00+01:00,SPY,10,11,9,10.5,100\n2024-01-03T00:00:00+01:00,SPY,10,11,9,10.5,100\n',
    )
    const words = [
      '--bars',
      'paris.csv',
      '--strategies',
      'strategies.yaml',
      '--plugins',
      'always.mjs',
      '--json',
    ]
    await runInside(['dev', ...words, '--fresh'], { folder })
    const decided = await runInside(['decisions', '--json'], { folder })
    const replayed = await runInside(['replay', 'run', ...words], { folder })
    const inDev = signalsOf(decided.stdout)
    expect(inDev).toEqual(['SPY 2024-01-02T21:00:00Z', 'SPY 2024-01-03T21:00:00Z'])
    expect(signalsOf(replayed.stdout)).toEqual(inDev)
  })
})

describe('what a plugin prints', () => {
  it('goes to stderr, so that each line of stdout is a result', async () => {
    const minutes = Array.from(
      { length: 40 },
      (_, minute) => `2024-01-02 10:${minute + 10},10,11,9,10,10,100`,
    )
    write('minutes.csv', HEADER + minutes.join('\n'))
    write(
      'by-minute.yaml',
      '- { id: always, name: A, strategy_type: always, version: 1.0.0, enabled: true, base_timeframe: 1Min }',
    )
    const words = [
      '--bars',
      'minutes.csv',
      '--symbol',
      'SPY',
      '--timezone',
      'America/New_York',
      '--plugins',
      'always.mjs',
    ]
    const { code, stdout, stderr } = await spawnCli(
      ['replay', 'run', ...words, '--strategies', 'by-minute.yaml', '--json'],
      { folder },
    )
    expect(code).toBe(0)
    expect(jsonLines(stdout)).toHaveLength(41)
    // MACD's signal line is there from the 34th bar on
    expect(stderr.match(/asked|directly/g)).toHaveLength(14)
  })
})
