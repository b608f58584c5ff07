/**
 * How the emulator reads and writes LevelDB. Each turn to another thread costs ten times what it is made for, so
 * what is read by its key is read in this one, and what is written together is written by one batch.
 *
 * Invariants: a write is acknowledged when LevelDB has handed it to the operating system; an item and its entries in
 * indexes are written both or neither, since dynalite writes entries first and LevelDB's batches are atomic.
 */
import { Stream } from 'node:stream'
import type { Database, Done, RowIterator, Write } from 'dynalite/db/index.js'
import { EmptyRanges } from './empty-ranges.ts'

const INDEX_PREFIX = 'index-'
/** What tables are like, which each call asks for and none changes. */
const TABLE_PREFIX = 'table~'
/** Rows, and bytes, that are read at a time. */
const PAGE = 100
const PAGE_BYTES = 262_144
const NO_ROWS: RowIterator = {
  nextv: () => Promise.resolve([]),
  close: () => Promise.resolve(),
}

/** Replaces what dynalite does with each call. */
export function readAndWriteAtOnce(db: Database): void {
  const tables = new Map<string, unknown>()
  const empty = new EmptyRanges()
  const writes = new GroupedWrites(async (batch) => {
    await db.batch(batch)
    for (const { key } of batch) {
      tables.delete(key)
      empty.written(key)
    }
  })
  const readTable = (key: string): unknown => {
    const table = tables.get(key) ?? db.getSync(key)
    tables.set(key, table)
    return table
  }
  db.get = (key, done) => {
    let value: unknown
    try {
      value = key.startsWith(TABLE_PREFIX) ? readTable(key) : db.getSync(key)
    } catch (error) {
      return done(error)
    }
    done(null, value)
  }
  db.put = (key, value, done) => writes.add({ type: 'put', key, value }, done)
  db.del = (key, done) => writes.add({ type: 'del', key }, done)
  db.createValueStream = (range) =>
    empty.has(range)
      ? new Rows(NO_ROWS, () => {})
      : new Rows(db.values({ ...range, highWaterMarkBytes: PAGE_BYTES }), empty.watch(range))
}

/** What is written while a batch is under way makes the next one. */
class GroupedWrites {
  readonly #write: (batch: readonly Write[]) => Promise<void>
  #next: { readonly write: Write; readonly done: Done }[] = []
  #underWay = false

  constructor(write: (batch: readonly Write[]) => Promise<void>) {
    this.#write = write
  }

  add(write: Write, done: Done): void {
    const isEntry = write.key.startsWith(INDEX_PREFIX)
    this.#next.push({ write, done: isEntry ? () => {} : done })
    if (!this.#underWay) {
      this.#underWay = true
      queueMicrotask(() => void this.#flush())
    }
    // its item follows in the same batch or a later one
    if (isEntry) done(null)
  }

  async #flush(): Promise<void> {
    while (this.#next.length > 0) {
      const present = this.#next
      this.#next = []
      const error: unknown = await this.#write(present.map(({ write }) => write)).then(
        () => null,
        (fault: unknown) => fault,
      )
      for (const { done } of present) done(error)
    }
    this.#underWay = false
  }
}

/** The stream of rows that dynalite listens to. */
class Rows extends Stream {
  #isWanted = true

  constructor(rows: RowIterator, isRead: (rows: number | null) => void) {
    super()
    void this.#read(rows, isRead)
  }

  destroy(): void {
    this.#isWanted = false
  }

  async #read(rows: RowIterator, isRead: (rows: number | null) => void): Promise<void> {
    let first: number | null = null
    try {
      let page = await rows.nextv(PAGE)
      first = page.length
      while (page.length > 0 && this.#isWanted) {
        for (const row of page) this.emit('data', row)
        page = await rows.nextv(PAGE)
      }
    } catch (error) {
      this.emit('error', error)
      return
    } finally {
      isRead(first)
      await rows.close()
    }
    this.emit('end')
  }
}
