/** The flags of a laptop in their file: no write is lost, and a corrupted file stops nothing but itself. */
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../../lib/domain/errors.ts'
import { flagsFileStore, readFlagsFile } from '../../lib/adapters/files/flags-file.ts'

const KILL = 'TRADING_KILL_SWITCH_ENABLED'

describe('flags file', () => {
  let folder = ''
  let path = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flags-'))
    path = join(folder, '.torghut', 'flags.json')
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(folder, { recursive: true })
  })

  it('is empty before the first write, and tells what was there before', async () => {
    const store = flagsFileStore(path)
    expect(await store.readAll()).toEqual({})
    expect(await store.write(KILL, 'false')).toEqual({ before: null })
    expect(await store.write(KILL, 'true')).toEqual({ before: 'false' })
    expect(await readFlagsFile(path)).toEqual({ [KILL]: 'true' })
  })

  it('loses no write of several writers at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `features/f${index}`)
    await Promise.all(names.map((name) => flagsFileStore(path).write(name, 'true')))
    expect(Object.keys(await readFlagsFile(path))).toEqual(names)
    expect(await readdir(join(folder, '.torghut'))).toEqual(['flags.json'])
  })

  it('waits for no writer that died long ago', async () => {
    await flagsFileStore(path).write('TRADING_ENABLED', 'true')
    await mkdir(`${path}.lock`)
    await utimes(`${path}.lock`, 0, 0)
    expect(await flagsFileStore(path).write(KILL, 'true')).toEqual({ before: null })
  })

  it('waits its turn for many seconds while those before it are slow and alive', async () => {
    await flagsFileStore(path).write('TRADING_ENABLED', 'true')
    await mkdir(`${path}.lock`)
    // by none of the clocks here its holder is dead
    const later = new Date(Date.now() + 3_600_000)
    await utimes(`${path}.lock`, later, later)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answers: unknown[] = []
    const write = async () => {
      const writing = flagsFileStore(path).write(KILL, 'true')
      answers.push(await writing.catch((error: unknown) => error))
    }
    void write()
    const pass = async () => {
      await vi.advanceTimersByTimeAsync(200)
      // files take their own
      await readdir(folder)
    }
    for (let seconds = 0; seconds < 20; seconds += 0.2) await pass()
    expect(answers).toEqual([])
    await rm(`${path}.lock`, { recursive: true })
    while (answers.length === 0) await pass()
    expect(answers).toEqual([{ before: null }])
  })

  it('accepts truth values and numbers that were written by hand', async () => {
    await flagsFileStore(path).write('TRADING_ENABLED', 'true')
    await writeFile(path, '{"TRADING_ENABLED": false, "TRADING_COOLDOWN_SECONDS": 60}')
    expect(await readFlagsFile(path)).toEqual({ TRADING_ENABLED: 'false', TRADING_COOLDOWN_SECONDS: '60' })
  })

  it.each(['{"TRADING_ENABLED":', '[]', '{"TRADING_ENABLED":{}}', ''])(
    'refuses the corrupted text %j and leaves it alone',
    async (text) => {
      await flagsFileStore(path).write('TRADING_ENABLED', 'true')
      await writeFile(path, text)
      const store = flagsFileStore(path)
      await expect(store.readAll()).rejects.toThrow(ConfigurationError)
      await expect(store.write(KILL, 'false')).rejects.toThrow(ConfigurationError)
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  it('switches the kill switch on even over a corrupted file, which it keeps aside', async () => {
    await flagsFileStore(path).write('TRADING_ENABLED', 'true')
    await writeFile(path, '{"TRADING')
    await flagsFileStore(path).write(KILL, 'true')
    expect(await readFlagsFile(path)).toEqual({ [KILL]: 'true' })
    expect(await readFile(`${path}.corrupted`, 'utf8')).toBe('{"TRADING')
  })
})
