/** A bars file read in blocks is the file read as a whole, wherever a block ends; the whole text at once tells what to expect. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readBars } from '../../lib/local/read-bars.ts'
import { BarsReader } from '../../lib/market/bars-file/bars-reader.ts'
import { AS_WRITTEN, parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { violationsOf } from '../support/violations.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-blocks-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HEADER = 'timestamp,symbol,open,high,low,close,volume'
const minute = (index: number) => new Date(Date.UTC(2024, 0, 2) + index * 60_000).toISOString()
/** Several blocks long. */
const ROWS = Array.from(
  { length: 12_000 },
  (_, index) =>
    `${minute(index >> 1)},${index % 2 === 0 ? 'SPY' : 'BTC/USD'},1${index},2${index},1,1${index},${index}`,
)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('a file of many blocks', () => {
  it.each([
    ['lines of Unix', '\n', ''],
    ['lines of Windows', '\r\n', ''],
    ['lines of old Macs', '\r', ''],
    ['a mark of the order of its bytes', '\n', '\uFEFF'],
    ['blank lines', '\n\n', ''],
  ])('with %s is read alike, plain and compressed', async (_, end, mark) => {
    const text = `${[HEADER, ...ROWS].join(end)}${end}`
    const expected = parseBars(text, 'x.csv')
    expect(expected).toHaveLength(12_000)
    for (const [name, bytes] of [
      ['plain.csv', Buffer.from(mark + text)],
      ['packed.csv.gz', gzipSync(mark + text)],
    ] as const) {
      writeFileSync(join(folder, name), bytes)
      const { bars, hash } = await readBars([name], folder, AS_WRITTEN)
      expect([...bars]).toEqual(expected)
      expect(hash).toBe(sha256(text))
    }
  })

  it('names the line of a fault far behind, as one text does', async () => {
    const text = [HEADER, ...ROWS, 'soon,SPY,1,1,1,1,1'].join('\n')
    writeFileSync(join(folder, 'bad.csv'), text)
    const found = await readBars(['bad.csv'], folder, AS_WRITTEN).catch((error: unknown) => error)
    expect(found).toMatchObject({ violations: [{ path: 'bad.csv:12002 timestamp', found: '"soon"' }] })
  })

  it('is refused where a character is broken, and read where it is not', async () => {
    const text = Buffer.from(`${[`Größe,${HEADER}`, ...ROWS.map((row) => `ß,${row}`)].join('\n')}\n`)
    writeFileSync(join(folder, 'words.csv'), text)
    expect((await readBars(['words.csv'], folder, AS_WRITTEN)).bars).toHaveLength(12_000)
    text[text.length - 2] = 0xff
    writeFileSync(join(folder, 'words.csv'), text)
    await expect(readBars(['words.csv'], folder, AS_WRITTEN)).rejects.toMatchObject({
      violations: [{ path: 'words.csv', found: 'bytes that are not UTF-8' }],
    })
  })

  it.each([
    ['ends too soon', (bytes: Buffer) => bytes.subarray(0, -200)],
    [
      'is damaged',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, 500), Buffer.alloc(500, 0xff), bytes.subarray(1000)]),
    ],
  ])('is refused, compressed, where it %s', async (how, harm) => {
    writeFileSync(join(folder, 'harmed.csv.gz'), harm(gzipSync([HEADER, ...ROWS].join('\n'))))
    await expect(readBars(['harmed.csv.gz'], folder, AS_WRITTEN)).rejects.toMatchObject({
      violations: [{ path: 'harmed.csv.gz', found: `a compressed file that ${how}` }],
    })
  })

  it('hashes all files and the options that say how to read them', async () => {
    const [first, second] = ['a', 'b'].map((name, index) => {
      const text = `${HEADER.replace('symbol,', '')}\n2024-01-0${index + 2} 09:30,1,1,1,1,1\n`
      writeFileSync(join(folder, `${name}.csv`), text)
      return text
    })
    const options = { ...AS_WRITTEN, symbol: 'SPY', timezone: 'UTC' }
    const { hash, bars } = await readBars(['a.csv', 'b.csv'], folder, options)
    expect(bars).toHaveLength(2)
    expect(hash).toBe(sha256(`${first}\0${second}\0SPY\0UTC`))
  })
})

describe('dates that a later block tells how to read', () => {
  const days = ['01/02/2024', '01/03/2024', '01/04/2024', '01/16/2024', '01/17/2024']
  const rows = (of: readonly string[]) => of.map((day) => `${day},SPY,1,1,1,1,1\n`)
  const readIn = (blocks: readonly string[]) => {
    const reader = new BarsReader('x.csv', AS_WRITTEN)
    for (const block of blocks) reader.read(block)
    return [...reader.end()]
  }

  it('are read in their order', () => {
    const expected = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-16', '2024-01-17'].map(Date.parse)
    expect(readIn([`${HEADER}\n`, ...rows(days)]).map(({ startsAt }) => startsAt)).toEqual(expected)
  })

  it('are refused by line when none tells, with what else is wrong', () => {
    const found = violationsOf(() =>
      readIn([`${HEADER}\n`, ...rows(days.slice(0, 2)), 'x,SPY,1,1,1,1,0,1\n']),
    )
    expect(found.map(({ path }) => path)).toEqual(['x.csv:2 timestamp', 'x.csv:3 timestamp', 'x.csv:4'])
  })
})
