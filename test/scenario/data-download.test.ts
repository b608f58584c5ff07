/**
 * `torghut data download` against the exchange that shows a market: the file is what the market showed, its signals are those of the
 * market's own file, it goes on after whatever ended it, and keeps within the rate.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAlpacaBars } from '../../lib/adapters/alpaca/bar-source.ts'
import { openGzipPieceFile } from '../../lib/adapters/files/gzip-piece-file.ts'
import { MemoryBarSource } from '../../lib/adapters/memory/bar-source.ts'
import { RequestBudget } from '../../lib/domain/request-budget.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import { BARS_HEADER } from '../../lib/market/bars-file/bar-lines.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { createUsEquitiesCalendar } from '../../lib/market/calendar/us-equities.ts'
import { downloadPieces } from '../../lib/market/download-pieces.ts'
import { downloadBars, type DownloadDeps } from '../../lib/operations/download-bars.ts'
import { SteppedExchange } from '../support/market-exchange.ts'
import { ALPHA_KEY } from '../support/paper-exchange-fixture.ts'
import { HandClock } from '../support/hand-clock.ts'
import { runInside } from '../support/run-cli.ts'

let folder: string
let stepped: SteppedExchange | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-download-'))
})
afterEach(async () => {
  await stepped?.close()
  stepped = null
  rmSync(folder, { recursive: true })
})

/** Two days of minutes around the clock; MSFT misses every ninth. */
function minutes(): string {
  const lines = ['timestamp,symbol,open,high,low,close,volume']
  for (const symbol of ['AAPL', 'MSFT']) {
    for (let minute = 0; minute < 2 * 1440; minute += 1) {
      if (symbol === 'MSFT' && minute % 9 === 4) continue
      const at = new Date(Date.UTC(2013, 9, 1, 0, minute)).toISOString().replace('.000Z', 'Z')
      const price = (100 + Math.round(Math.sin(minute / 37) * 1000) / 100).toFixed(2)
      lines.push(
        `${at},${symbol},${price},${Number(price) + 1},${Number(price) - 1},${price},${minute + 0.5}`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

async function open(text: string): Promise<SteppedExchange> {
  stepped = await SteppedExchange.open({ bars: parseBars(text, 'source.csv') })
  stepped.moveTo('2014-01-01T00:00:00Z')
  return stepped
}

const environment = () => ({
  APCA_API_KEY_ID: ALPHA_KEY.keyId,
  APCA_API_SECRET_KEY: ALPHA_KEY.secret,
  APCA_API_DATA_URL: stepped?.baseUrl ?? '',
})
const WORDS = ['data', 'download', '--timeframe', '1Min', '--from', '2013-10-01', '--to', '2013-10-02']
const download = (...words: readonly string[]) =>
  runInside([...WORDS, ...words], { folder, environment: environment() })

const STRATEGIES = `- id: classic
  name: Classic
  strategy_type: legacy_macd_rsi
  version: '1.0.0'
  enabled: true
  base_timeframe: 1Min
`

describe('torghut data download', () => {
  it('writes a file that others take as it is, with the signals of what the market showed', async () => {
    const source = minutes()
    await open(source)
    const { code, stdout } = await download('--symbols', 'MSFT,AAPL', '--out', 'minutes.csv.gz', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      file: 'minutes.csv.gz',
      symbols: [
        { symbol: 'MSFT', bars: 2560 },
        { symbol: 'AAPL', bars: 2880 },
      ],
    })
    const text = gunzipSync(readFileSync(join(folder, 'minutes.csv.gz'))).toString('utf8')
    expect(parseBars(text, 'minutes.csv.gz')).toEqual(parseBars(source, 'source.csv'))

    writeFileSync(join(folder, 'source.csv'), source)
    writeFileSync(join(folder, 'strategies.yaml'), STRATEGIES)
    const replay = (bars: string) =>
      runInside(['replay', 'run', '--bars', bars, '--strategies', 'strategies.yaml', '--json'], { folder })
    const [own, downloaded] = [await replay('source.csv'), await replay('minutes.csv.gz')]
    expect(own.code).toBe(0)
    expect(downloaded.stdout).toBe(own.stdout)
    expect((await download('--symbols', 'AAPL', '--out', 'minutes.csv.gz')).stderr).toContain(
      'nothing is overwritten',
    )
  })

  it('names days by their date, as a bars file does', async () => {
    const source = `timestamp,symbol,open,high,low,close,volume
2013-10-31,AAPL,525,527,524,526,10
2013-11-01,AAPL,524,525,520,520,100
2013-11-04,AAPL,521,527,518,526,200
2013-11-05,AAPL,525,528,521,522,300
`
    await open(source)
    const words = ['--symbols', 'AAPL', '--timeframe', '1Day', '--from', '2013-11-01', '--to', '2013-11-04']
    expect(await download(...words, '--out', 'days.csv.gz')).toMatchObject({ code: 0 })
    const text = gunzipSync(readFileSync(join(folder, 'days.csv.gz'))).toString('utf8')
    expect(text.split('\n').slice(1)).toEqual([...source.split('\n').slice(2, 4), ''])
  })

  it('says which symbols it has no bars of, and writes the others', async () => {
    await open(minutes())
    const { code, stderr } = await download('--symbols', 'AAPL,GONE', '--out', 'some.csv.gz')
    expect([code, stderr]).toEqual([1, expect.stringContaining('No bars of GONE')])
    expect(existsSync(join(folder, 'some.csv.gz'))).toBe(true)
  })

  it('ends with what the broker says of a key or a plan, and goes on when it is mended', async () => {
    const { faults } = await open(minutes())
    faults.add({ on: 'GET /v2/stocks/bars', kind: '403_feed' })
    const refused = await download('--symbols', 'AAPL', '--out', 'minutes.csv.gz')
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('recent SIP data')])
    expect(existsSync(join(folder, 'minutes.csv.gz'))).toBe(false)
    expect((await download('--symbols', 'AAPL', '--out', 'minutes.csv.gz')).code).toBe(0)
    const without = await runInside([...WORDS, '--symbols', 'AAPL', '--out', 'x.gz'], { folder })
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('APCA_API_KEY_ID')])
  })
})

const REQUEST = {
  symbols: ['AAPL', 'MSFT'],
  timeframe: { name: '1Min', durationMs: 60_000 },
  from: instant('2013-10-01T00:00:00Z'),
  to: instant('2013-10-02T23:59:59Z'),
}

/** With time that passes only while it is waited. */
async function deps(source: DownloadDeps['source'], changes: Partial<DownloadDeps> = {}) {
  const clock = new HandClock('2014-01-01T00:00:00Z')
  const pauses: number[] = []
  const notes: string[] = []
  const made: DownloadDeps = {
    source,
    file: await openGzipPieceFile(join(folder, 'bars.csv.gz'), 'these', BARS_HEADER),
    clock,
    calendar: createUsEquitiesCalendar(),
    pause: async (milliseconds) => {
      pauses.push(milliseconds)
      clock.advance(milliseconds)
    },
    stop: new AbortController().signal,
    onProgress: () => {},
    note: (line) => notes.push(line),
    ...changes,
  }
  return { made, pauses, notes }
}

function alpaca() {
  const budget = new RequestBudget(Number.MAX_SAFE_INTEGER)
  return openAlpacaBars({ baseUrl: stepped?.baseUrl ?? '', credentials: ALPHA_KEY, feed: 'iex', budget })
}

describe('a download', () => {
  it('waits out the rate, tries again what fails, and gives up in the end', async () => {
    const { faults } = await open(minutes())
    const on = 'GET /v2/stocks/bars' as const
    faults.add({ on, kind: '429_data', times: 2 })
    faults.add({ on, kind: 'torn_bars' })
    faults.add({ on, kind: '500' })
    const { made, pauses, notes } = await deps(alpaca())
    expect(await downloadBars(REQUEST, made)).toEqual({ kind: 'whole', bars: { AAPL: 2880, MSFT: 2560 } })
    expect(pauses).toEqual([15_000, 15_000, 2000, 4000])
    expect(notes).toHaveLength(2)
    faults.add({ on, kind: '500', times: 5 })
    rmSync(join(folder, 'bars.csv.gz.progress.json'))
    const again = await deps(alpaca())
    expect(await downloadBars(REQUEST, again.made)).toMatchObject({ kind: 'unavailable' })
  })

  it('takes no bar that cannot be read', async () => {
    const { faults } = await open(minutes())
    faults.add({ on: 'GET /v2/stocks/bars', kind: 'wrong_types' })
    const { made } = await deps(alpaca())
    expect(await downloadBars(REQUEST, made)).toMatchObject({ kind: 'unreadable', symbol: 'AAPL' })
  })

  it('goes on where it was cut off, whatever the cut left behind, and asks for nothing twice', async () => {
    await open(minutes())
    const stop = new AbortController()
    const first = await deps(alpaca(), { stop: stop.signal, onProgress: () => stop.abort() })
    expect(await downloadBars(REQUEST, first.made)).toEqual({ kind: 'stopped' })
    const part = join(folder, 'bars.csv.gz.part')
    // the run after it died in the middle of a write
    appendFileSync(part, readFileSync(part).subarray(0, 100))

    const source = alpaca()
    const again = await deps(source)
    expect(again.made.file.progress).toEqual({ pieces: 1, bars: { AAPL: 2880 } })
    expect(await downloadBars(REQUEST, again.made)).toEqual({
      kind: 'whole',
      bars: { AAPL: 2880, MSFT: 2560 },
    })
    expect(source.requests).toBe(1)
    await again.made.file.finish()
    const text = gunzipSync(readFileSync(join(folder, 'bars.csv.gz'))).toString('utf8')
    expect(parseBars(text, 'bars.csv.gz')).toEqual(parseBars(minutes(), 'source.csv'))
  })

  it('begins anew what was begun for another request', async () => {
    const path = join(folder, 'bars.csv.gz')
    const first = await openGzipPieceFile(path, 'these', BARS_HEADER)
    await first.append('', { pieces: 1, bars: {} })
    expect((await openGzipPieceFile(path, 'these', BARS_HEADER)).progress.pieces).toBe(1)
    expect((await openGzipPieceFile(path, 'those', BARS_HEADER)).progress.pieces).toBe(0)
  })

  it('takes only bars that have ended', async () => {
    await open(minutes())
    const { made } = await deps(alpaca(), { clock: new HandClock('2013-10-01T00:10:30Z') })
    expect(await downloadBars(REQUEST, made)).toEqual({ kind: 'whole', bars: { AAPL: 10, MSFT: 9 } })
  })

  it('sends no more than 180 requests in any minute', async () => {
    const symbols = Array.from({ length: 400 }, (_, index) => `S${index}`)
    const source = new MemoryBarSource({ bars: [], now: () => asEpochMs(0) })
    const { made, pauses } = await deps(source)
    await downloadBars({ ...REQUEST, symbols }, made)
    expect(source.requests).toBe(400)
    expect(pauses).toEqual([60_000, 60_000])
  })

  it('asks in stretches of about an answer', () => {
    const year = { ...REQUEST, to: instant('2014-09-30T23:59:59Z') }
    const shares = downloadPieces({ ...year, symbols: ['AAPL'] })
    expect(shares.length).toBe(Math.ceil((365 * 1440) / 20_000))
    expect(shares[0]?.to).toBe((shares[1]?.from ?? 0) - 1)
    expect(downloadPieces({ ...year, symbols: ['BTC/USD'] }).length).toBe(Math.ceil((365 * 1440) / 10_000))
  })
})
