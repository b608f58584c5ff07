/**
 * What the embedded database has acknowledged and LevelDB does not have yet. A batch of writes is one line of a log, written by one
 * call in this thread: a tenth of what LevelDB's own write takes, which is two turns between threads. LevelDB gets all that is waiting at
 * once: before a range is read in which some of it lies, before it becomes much, and at the end.
 *
 * Invariants: a batch is acknowledged when the operating system has its line, so that it survives the death of the process
 * (which needs no fsync; a power cut does); a batch is kept whole or not at all; what a process that was killed has left in the log is
 * in LevelDB before anything is read; a log ends only when LevelDB has all of it.
 */
import type { Database, Range, Write } from 'dynalite/db/index.js'
import { rmSync } from 'node:fs'
import { appendLogFile } from '../adapters/files/append-log-file.ts'
import { isMap } from '../formats/codec.ts'
import type { AppendLog } from '../ports/append-log.ts'
import { isWithin } from './empty-ranges.ts'

/** Characters that wait, and characters of a log, at which they end. */
const MOST_WAITING = 1_000_000
const LONGEST_LOG = 4_000_000

/** Values as JSON; null: removed. */
type Waiting = Map<string, string | null>

export class WriteAhead {
  readonly #db: Database
  readonly #file: string
  #log: AppendLog
  #logged = 0
  #waiting: Waiting
  #size = 0
  /** Being given to LevelDB. */
  #given: Waiting = new Map()
  #giving: Promise<void> | null = null

  private constructor(db: Database, file: string, log: AppendLog, waiting: Waiting) {
    this.#db = db
    this.#file = file
    this.#log = log
    this.#waiting = waiting
  }

  /** @throws StateError for a log that cannot be used */
  static async open(db: Database, file: string): Promise<WriteAhead> {
    const left: Waiting = new Map()
    const log = appendLogFile(file)((line) => {
      for (const [key, value] of readLine(line)) left.set(key, value)
    })
    const ahead = new WriteAhead(db, file, log, left)
    await ahead.giveAll()
    ahead.#beginLog()
    return ahead
  }

  /** A value as JSON; null: it was removed; undefined: LevelDB knows. */
  find(key: string): string | null | undefined {
    const waiting = this.#waiting.get(key)
    return waiting === undefined ? this.#given.get(key) : waiting
  }

  /** @throws StateError when the log cannot be written; then nothing of the batch is kept */
  async write(batch: readonly Write[]): Promise<void> {
    if (this.#size > MOST_WAITING) await this.giveAll()
    const isAllGiven = this.#waiting.size === 0 && this.#giving === null
    if (isAllGiven && this.#logged > LONGEST_LOG) this.#beginLog()
    const texts = batch.map((write) => (write.type === 'put' ? JSON.stringify(write.value) : null))
    const line = `[${batch.map(({ key }, at) => `[${JSON.stringify(key)},${texts[at]}]`).join()}]`
    this.#log.append(line)
    this.#logged += line.length
    this.#size += line.length
    for (const [at, { key }] of batch.entries()) this.#waiting.set(key, texts[at] ?? null)
  }

  /** Resolves when LevelDB has all that lies within the range. */
  async settle(range: Range): Promise<void> {
    for (const waiting of [this.#given, this.#waiting]) {
      for (const key of waiting.keys()) if (isWithin(key, range)) return this.giveAll()
    }
  }

  /** Resolves when LevelDB has all that is waiting now. */
  async giveAll(): Promise<void> {
    if (this.#giving !== null) await this.#giving
    if (this.#waiting.size === 0) return this.#giving ?? undefined
    this.#giving ??= this.#give().finally(() => {
      this.#giving = null
    })
    await this.#giving
  }

  /** Nothing is written after it. */
  async close(): Promise<void> {
    await this.giveAll()
    this.#log.close()
    rmSync(this.#file, { force: true })
  }

  async #give(): Promise<void> {
    this.#given = this.#waiting
    this.#waiting = new Map()
    this.#size = 0
    try {
      await this.#db.batch(
        Array.from(this.#given, ([key, value]) =>
          value === null ? { type: 'del', key } : { type: 'put', key, value, valueEncoding: 'utf8' },
        ),
      )
      this.#given = new Map()
    } catch (error) {
      this.#waiting = new Map([...this.#given, ...this.#waiting])
      this.#given = new Map()
      throw error
    }
  }

  #beginLog(): void {
    this.#log.close()
    rmSync(this.#file, { force: true })
    this.#log = appendLogFile(this.#file)(() => {})
    this.#logged = 0
  }
}

/** @throws Error for a line that is none of ours */
function readLine(line: string): [string, string | null][] {
  const batch: unknown = JSON.parse(line)
  if (!Array.isArray(batch)) throw new Error('not a batch')
  return batch.map((write: unknown) => {
    const [key, value] = Array.isArray(write) ? (write as unknown[]) : []
    if (typeof key !== 'string' || !(value === null || isMap(value))) throw new Error('not a write')
    return [key, value === null ? null : JSON.stringify(value)]
  })
}
