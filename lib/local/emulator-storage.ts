/**
 * How the emulator reads and writes LevelDB. Each turn to another thread costs ten times what it is made for, so
 * what is read by its key is read in this one, and what is written together is written by one batch, ahead of LevelDB
 * where there is a folder.
 *
 * Invariants: a write is acknowledged when the operating system has it; an item and its entries in
 * indexes are written both or neither, since dynalite writes entries first and batches are atomic.
 */
import { Stream } from 'node:stream'
import type { Database, Done, Range, RowIterator, Write } from 'dynalite/db/index.js'
import { EmptyRanges } from './empty-ranges.ts'
import type { WriteAhead } from './write-ahead.ts'

const INDEX_PREFIX = 'index-'
/** What tables are like, which each call asks for and none changes. */
const TABLE_PREFIX = 'table~'
/** Rows, and bytes, that are read at a time. */
const PAGE = 100
const PAGE_BYTES = 262_144

/** Replaces what dynalite does with each call. */
export function readAndWriteAtOnce(db: Database, ahead: WriteAhead | null = null): void {
  const tables = new Map<string, unknown>()
  const empty = new EmptyRanges()
  const writes = new GroupedWrites(async (batch) => {
    await (ahead === null ? db.batch(batch) : ahead.write(batch))
    for (const { key } of batch) {
      tables.delete(key)
      empty.written(key)
    }
  })
  const read = (key: string): unknown => {
    const text = ahead?.find(key)
    return text === undefined ? db.getSync(key) : readText(text)
  }
  const readTable = (key: string): unknown => {
    const table = tables.get(key) ?? read(key)
    tables.set(key, table)
    return table
  }
  db.get = (key, done) => {
    let value: unknown
    try {
      value = key.startsWith(TABLE_PREFIX) ? readTable(key) : read(key)
    } catch (error) {
      return done(error)
    }
    done(null, value)
  }
  db.put = (key, value, done) => writes.add({ type: 'put', key, value }, done)
  db.del = (key, done) => writes.add({ type: 'del', key }, done)
  db.createValueStream = (range) =>
    new Rows(range, empty, async () => {
      await ahead?.settle(range)
      return db.values({ ...range, highWaterMarkBytes: PAGE_BYTES })
    })
}

/** As LevelDB answers: undefined for what is not there. */
function readText(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text)
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

  constructor(range: Range, empty: EmptyRanges, open: () => Promise<RowIterator>) {
    super()
    if (empty.has(range)) queueMicrotask(() => this.emit('end'))
    else void this.#read(empty.watch(range), open)
  }

  destroy(): void {
    this.#isWanted = false
  }

  async #read(isRead: (rows: number | null) => void, open: () => Promise<RowIterator>): Promise<void> {
    let rows: RowIterator | null = null
    let count: number | null = null
    try {
      rows = await open()
      let page = await rows.nextv(PAGE)
      count = page.length
      while (page.length > 0 && this.#isWanted) {
        for (const row of page) this.emit('data', row)
        page = await rows.nextv(PAGE)
      }
    } catch (error) {
      this.emit('error', error)
      return
    } finally {
      isRead(count)
      await rows?.close()
    }
    this.emit('end')
  }
}
