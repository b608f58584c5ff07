/** How the embedded database writes: an item with its index entries at once, and no word of it before it is written. */
import type { Database, Write } from 'dynalite/db/index.js'
import { describe, expect, it } from 'vitest'
import { readAndWriteAtOnce } from '../../lib/local/emulator-storage.ts'

/** Batches stay under way until they are ended by hand. */
class HandDatabase {
  readonly batches: (readonly Write[])[] = []
  #end: ((error?: Error) => void) | null = null

  batch(writes: readonly Write[]): Promise<void> {
    this.batches.push(writes)
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error))
    })
  }

  async end(error?: Error): Promise<void> {
    this.#end?.(error)
    await settled()
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

function open() {
  const hand = new HandDatabase()
  const database = hand as unknown as Database
  readAndWriteAtOnce(database)
  const said: string[] = []
  const done = (name: string) => (error: unknown) =>
    said.push(error instanceof Error ? `${name}: ${error.message}` : name)
  return { hand, database, said, done }
}

describe('the storage of the embedded database', () => {
  it('writes an item and its entries by one batch, and says so afterwards', async () => {
    const { hand, database, said, done } = open()
    database.del('index-global~state~open~old', () =>
      database.put('index-global~state~open~new', { n: 1 }, () =>
        database.put('item-state~a', { n: 1 }, done('a')),
      ),
    )
    await settled()
    expect(hand.batches).toEqual([
      [
        { type: 'del', key: 'index-global~state~open~old' },
        { type: 'put', key: 'index-global~state~open~new', value: { n: 1 } },
        { type: 'put', key: 'item-state~a', value: { n: 1 } },
      ],
    ])
    expect(said).toEqual([])
    await hand.end()
    expect(said).toEqual(['a'])
  })

  it('leaves what comes meanwhile to the next batch', async () => {
    const { hand, database, said, done } = open()
    database.put('item-state~a', 1, done('a'))
    await settled()
    database.put('item-state~b', 2, done('b'))
    database.del('item-state~c', done('c'))
    await settled()
    expect(hand.batches).toHaveLength(1)
    await hand.end()
    expect(said).toEqual(['a'])
    expect(hand.batches[1]).toEqual([
      { type: 'put', key: 'item-state~b', value: 2 },
      { type: 'del', key: 'item-state~c' },
    ])
    await hand.end()
    expect(said).toEqual(['a', 'b', 'c'])
  })

  it('tells each of a batch that failed, and goes on', async () => {
    const { hand, database, said, done } = open()
    database.put('item-state~a', 1, done('a'))
    database.put('item-state~b', 2, done('b'))
    await settled()
    await hand.end(new Error('disk full'))
    expect(said).toEqual(['a: disk full', 'b: disk full'])
    database.put('item-state~c', 3, done('c'))
    await settled()
    await hand.end()
    expect(said.at(-1)).toBe('c')
  })
})
