/**
 * `npm run bench:migrate [-- ROWS ...]`: migration 0013 over a DynamoDB of its own process, 20,000 and 200,000 rows. The
 * larger one is killed ten times at random and taken up again. Prints rate and memory, and ends with 1 when a side is
 * not verified or memory is not flat.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createTables } from '../lib/adapters/dynamodb/table/tables.ts'
import { type EmbeddedDynamo, startEmbeddedDynamo } from '../lib/local/embedded-dynamodb.ts'
import {
  cursorRow,
  ROWS_OF_A_DECISION,
  rowsOfDecision,
  writeRows,
} from '../test/support/single-account-rows.ts'

const KILLS = 10
/** Of the peak with ten times the rows over the other: noise of the collector. */
const FLAT_MB = 20
const sizes = process.argv.filter((word) => /^\d+$/.test(word)).map(Number)
const [few = 20_000, many = 200_000] = sizes

interface Said {
  readonly rows?: number
  readonly heapMb?: number
  readonly rssMb?: number
  readonly counts?: object
  readonly verified?: boolean
}

interface Ended {
  /** False: it was killed. */
  readonly finished: boolean
  readonly rows: number
  readonly peakHeapMb: number
  readonly peakRssMb: number
  readonly last: Said
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function* rowsOf(count: number) {
  for (let seq = 1; seq <= Math.floor(count / ROWS_OF_A_DECISION); seq += 1) {
    yield* rowsOfDecision(seq, seq % 5 === 0 ? 'main' : undefined)
  }
  yield cursorRow()
}

/** @param killAt after so many rows of one table, and a random moment more */
async function child(database: EmbeddedDynamo, verb: string, killAt = Infinity): Promise<Ended> {
  const program = resolve(import.meta.dirname, 'migrate-child.mjs')
  const process_ = spawn(process.execPath, ['--max-old-space-size=256', program, database.endpoint, verb], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  let [rows, peakHeapMb, peakRssMb] = [0, 0, 0]
  let last: Said = {}
  let isDoomed = false
  for await (const line of createInterface({ input: process_.stdout })) {
    last = JSON.parse(line) as Said
    rows = last.rows ?? rows
    peakHeapMb = Math.max(peakHeapMb, last.heapMb ?? 0)
    peakRssMb = Math.max(peakRssMb, last.rssMb ?? 0)
    if (isDoomed || rows < killAt) continue
    isDoomed = true
    setTimeout(() => process_.kill('SIGKILL'), Math.random() * 300)
  }
  const finished = last.counts !== undefined || last.verified !== undefined
  return { finished, rows, peakHeapMb, peakRssMb, last }
}

async function measure(count: number, kills: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-migrate-'))
  const database = await startEmbeddedDynamo(folder)
  try {
    await createTables(database.client, { state: 'state', signals: 'signals' })
    const written = await writeRows(database.client, 'state', rowsOf(count))
    print(`${written} rows written`)
    const moments = Array.from({ length: kills }, () => Math.floor(Math.random() * 0.9 * written)).sort(
      (left, right) => left - right,
    )
    const begun = performance.now()
    let [killed, peakHeapMb, peakRssMb] = [0, 0, 0]
    for (;;) {
      const ended = await child(database, 'up', moments[killed])
      peakHeapMb = Math.max(peakHeapMb, ended.peakHeapMb)
      peakRssMb = Math.max(peakRssMb, ended.peakRssMb)
      if (ended.finished) {
        print(`  counts ${JSON.stringify(ended.last.counts)}`)
        break
      }
      killed += 1
      print(`  killed ${killed} times, after ${ended.rows} rows`)
    }
    const seconds = (performance.now() - begun) / 1000
    const rate = Math.round(written / seconds)
    print(
      `  ${seconds.toFixed(1)} s, ${rate} rows/s, peak heap ${peakHeapMb.toFixed(1)} MB, rss ${peakRssMb.toFixed(1)} MB`,
    )
    const { last, peakHeapMb: verifyHeapMb } = await child(database, 'verify')
    print(
      `  verify: ${last.verified === true ? 'clean' : 'DIFFERENT'}, peak heap ${verifyHeapMb.toFixed(1)} MB`,
    )
    if (last.verified !== true || killed < kills) process.exitCode = 1
    return peakHeapMb
  } finally {
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const small = await measure(few, 0)
const large = await measure(many, KILLS)
const isFlat = large - small <= FLAT_MB
print(
  `memory from ${few} to ${many} rows: ${(large - small).toFixed(1)} MB more: ${isFlat ? 'flat' : 'NOT flat'}`,
)
if (!isFlat) process.exitCode = 1
