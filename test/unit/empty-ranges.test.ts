/** A range that held nothing is not read again until something is written there (lib/local/empty-ranges.ts, emulator-storage.ts). */
import storage from 'dynalite/db/index.js'
import { expect, it } from 'vitest'
import { EmptyRanges } from '../../lib/local/empty-ranges.ts'
import { readAndWriteAtOnce } from '../../lib/local/emulator-storage.ts'

const RANGE = { gte: 'index~a/', lt: 'index~a/~' }

it('counts as empty once it was read to its end without a row', () => {
  const ranges = new EmptyRanges()
  expect(ranges.has(RANGE)).toBe(false)
  ranges.watch(RANGE)(0)
  expect(ranges.has({ ...RANGE })).toBe(true)
  expect(ranges.has({ gt: RANGE.gte, lt: RANGE.lt })).toBe(false)
})

it.each([1, null])('does not where its reading gave %s', (rows) => {
  const ranges = new EmptyRanges()
  ranges.watch(RANGE)(rows)
  expect(ranges.has(RANGE)).toBe(false)
})

it.each<[string, boolean]>([
  ['index~a/', false],
  ['index~a/x', false],
  ['index~a/~', true],
  ['index~a', true],
  ['index~b/x', true],
])('after a write of %s: %s', (key, isEmpty) => {
  const ranges = new EmptyRanges()
  const isRead = ranges.watch(RANGE)
  ranges.written(key)
  isRead(0)
  expect(ranges.has(RANGE)).toBe(isEmpty)
  ranges.watch(RANGE)(0)
  ranges.written(key)
  expect(ranges.has(RANGE)).toBe(isEmpty)
})

it('is read once by the storage, and again after a write in it', async () => {
  const { db } = storage.create({})
  await db.open()
  let reads = 0
  const values = db.values.bind(db)
  db.values = (range) => {
    reads += 1
    return values(range)
  }
  readAndWriteAtOnce(db)
  const rows = () =>
    new Promise((resolve) => {
      const found: unknown[] = []
      const stream = db.createValueStream(RANGE) as NodeJS.EventEmitter
      stream.on('data', (row) => found.push(row))
      stream.on('end', () => resolve(found))
    })
  const write = (key: string) => new Promise((resolve) => db.put(key, { key }, resolve))
  expect([await rows(), await rows()]).toEqual([[], []])
  await write('item~b')
  expect(await rows()).toEqual([])
  expect(reads).toBe(1)
  await write('item~a')
  db.put('index~a/1', { n: 1 }, () => {})
  await write('item~c')
  expect([await rows(), await rows()]).toEqual([[{ n: 1 }], [{ n: 1 }]])
  expect(reads).toBe(3)
  await db.close()
})
