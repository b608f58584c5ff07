/** What is acknowledged before LevelDB has it (lib/local/write-ahead.ts): it is read at once, it outlives the process, whole batches at a time. */
import type { Database, Write } from 'dynalite/db/index.js'
import { Level } from 'level'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StateError } from '../../lib/domain/errors.ts'
import { WriteAhead } from '../../lib/local/write-ahead.ts'

let folder: string
let opened: { readonly level: Level<string, unknown>; readonly ahead: WriteAhead }[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-ahead-'))
  opened = []
})
afterEach(async () => {
  for (const { level } of opened) await level.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(name = 'database') {
  const level = new Level<string, unknown>(join(folder, name), { valueEncoding: 'json' })
  await level.open()
  const ahead = await WriteAhead.open(level as unknown as Database, join(folder, name, 'ahead.jsonl'))
  opened.push({ level, ahead })
  return { level, ahead }
}

/** What a process leaves that is killed now. */
function killed(): string {
  cpSync(join(folder, 'database'), join(folder, 'killed'), { recursive: true })
  rmSync(join(folder, 'killed', 'LOCK'), { force: true })
  return 'killed'
}

const put = (key: string, value: unknown): Write => ({ type: 'put', key, value })
const del = (key: string): Write => ({ type: 'del', key })
const all = (level: Level<string, unknown>) => level.iterator().all()

describe('writes ahead of LevelDB', () => {
  it('are found before LevelDB has them, removals too', async () => {
    const { level, ahead } = await open()
    await level.put('b', { n: 1 })
    await ahead.write([put('a', { n: 1, text: 'ä"\n' }), del('b')])
    expect(ahead.find('a')).toBe('{"n":1,"text":"ä\\"\\n"}')
    expect(ahead.find('b')).toBeNull()
    expect(ahead.find('c')).toBeUndefined()
    expect(await all(level)).toEqual([['b', { n: 1 }]])
  })

  it('are in LevelDB before a range is read that they lie in, and wait for any other', async () => {
    const { level, ahead } = await open()
    await ahead.write([put('item~b', { n: 1 })])
    await ahead.settle({ gt: 'item~b', lt: 'item~c' })
    await ahead.settle({ gte: 'item~a', lt: 'item~b' })
    expect(await all(level)).toEqual([])
    await ahead.settle({ gte: 'item~b', lte: 'item~b' })
    expect(await all(level)).toEqual([['item~b', { n: 1 }]])
    expect(ahead.find('item~b')).toBeUndefined()
  })

  it('outlive a process that was killed, the last of each key', async () => {
    const { ahead } = await open()
    await ahead.write([put('a', { n: 1 }), put('b', { n: 1 })])
    await ahead.giveAll()
    await ahead.write([put('a', { n: 2 }), del('b'), put('c', { n: 1 })])
    await ahead.write([put('c', { n: 2 })])
    const { level } = await open(killed())
    expect(await all(level)).toEqual([
      ['a', { n: 2 }],
      ['c', { n: 2 }],
    ])
  })

  it('are kept whole or not at all', async () => {
    const { ahead } = await open()
    await ahead.write([put('a', { n: 1 })])
    const name = killed()
    appendFileSync(join(folder, name, 'ahead.jsonl'), '[["index~b",{"n":1}],["item~b",{"n"')
    const { level } = await open(name)
    expect(await all(level)).toEqual([['a', { n: 1 }]])
  })

  it.each(['{}', '[{}]', '[["a"]]', '[["a",1]]', '[[1,null]]', 'no JSON'])(
    'cannot be followed where a line is %s',
    async (line) => {
      const { ahead } = await open()
      await ahead.write([put('a', { n: 1 })])
      const name = killed()
      appendFileSync(join(folder, name, 'ahead.jsonl'), `${line}\n`)
      await expect(open(name)).rejects.toThrow(StateError)
    },
  )

  it('leave no log behind when all is closed', async () => {
    const { level, ahead } = await open()
    await ahead.write([put('a', { n: 1 })])
    await ahead.close()
    expect(existsSync(join(folder, 'database', 'ahead.jsonl'))).toBe(false)
    expect(await all(level)).toEqual([['a', { n: 1 }]])
  })

  it('begin another log when LevelDB has a long one', async () => {
    const { ahead } = await open()
    const file = join(folder, 'database', 'ahead.jsonl')
    const large = { text: 'x'.repeat(300_000) }
    for (let n = 0; n < 16; n += 1) await ahead.write([put(`a${n}`, large)])
    expect(statSync(file).size).toBeGreaterThan(4_000_000)
    await ahead.giveAll()
    await ahead.write([put('b', { n: 1 })])
    expect(readFileSync(file, 'utf8')).toBe('[["b",{"n":1}]]\n')
    const { level } = await open(killed())
    expect(await all(level)).toHaveLength(17)
  })
})

describe('where LevelDB fails', () => {
  /** Batches fail until they may not. */
  function failing() {
    const kept: Write[] = []
    const disk = { isFull: true }
    const batch = async (writes: readonly Write[]) => {
      if (disk.isFull) throw new Error('disk full')
      kept.push(...writes)
    }
    return { kept, disk, db: { batch } as unknown as Database }
  }

  it('says so to who reads, and keeps what it was not given, later writes over earlier ones', async () => {
    const { kept, disk, db } = failing()
    const ahead = await WriteAhead.open(db, join(folder, 'ahead.jsonl'))
    await ahead.write([put('a', { n: 1 }), put('b', { n: 1 })])
    const given = ahead.giveAll()
    await ahead.write([put('b', { n: 2 })])
    await expect(given).rejects.toThrow('disk full')
    expect([ahead.find('a'), ahead.find('b')]).toEqual(['{"n":1}', '{"n":2}'])
    await expect(ahead.settle({ gte: 'a' })).rejects.toThrow('disk full')
    disk.isFull = false
    await ahead.giveAll()
    expect(kept).toMatchObject([
      { key: 'a', value: '{"n":1}' },
      { key: 'b', value: '{"n":2}' },
    ])
    await ahead.close()
  })

  it('gives what is written meanwhile after what is under way', async () => {
    const { kept, disk, db } = failing()
    disk.isFull = false
    const ahead = await WriteAhead.open(db, join(folder, 'ahead.jsonl'))
    await ahead.write([put('a', { n: 1 })])
    const first = ahead.giveAll()
    expect(ahead.find('a')).toBe('{"n":1}')
    await ahead.write([put('a', { n: 2 })])
    expect(ahead.find('a')).toBe('{"n":2}')
    await Promise.all([first, ahead.giveAll(), ahead.giveAll()])
    expect(kept).toMatchObject([{ value: '{"n":1}' }, { value: '{"n":2}' }])
    await ahead.close()
  })
})
