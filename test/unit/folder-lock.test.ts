/** The lock of a state folder: one live process has it, and a dead one never does. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InUseError } from '../../lib/domain/errors.ts'
import { lockFolder, tryLockFolder } from '../../lib/local/folder-lock.ts'

describe('the lock of a state folder', () => {
  let folder = ''
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'torghut-lock-')), 'state')
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  /** Another process that has the folder, and says nothing of itself unless the test does. */
  async function otherHolder() {
    const program = `import { Level } from 'level'
      await new Level(process.argv[1]).open()
      console.log('locked')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, join(folder, 'lock')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return child
  }

  it('refuses a second holder and names the first', async () => {
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(InUseError)
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`)
    expect(await tryLockFolder(folder)).toEqual({
      kind: 'held',
      holder: { pid: process.pid, databaseUrl: null },
    })
    lock.announce('http://127.0.0.1:8000')
    expect(await tryLockFolder(folder)).toEqual({
      kind: 'held',
      holder: { pid: process.pid, databaseUrl: 'http://127.0.0.1:8000' },
    })
    await lock.release()
    const again = await tryLockFolder(folder)
    expect(again.kind).toBe('taken')
    if (again.kind === 'taken') await again.lock.release()
  })

  it('is free again once released, any number of times', async () => {
    for (let round = 1; round <= 3; round += 1) await (await lockFolder(folder)).release()
    expect(JSON.parse(readFileSync(join(folder, 'holder.json'), 'utf8'))).toEqual({
      pid: process.pid,
      databaseUrl: null,
    })
    expect(existsSync(join(folder, `draft-${process.pid}`))).toBe(false)
  })

  it('is given to exactly one of many that ask at once', async () => {
    await (await lockFolder(folder)).release()
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)))
    const held = asked.filter((one) => one.status === 'fulfilled')
    expect(held).toHaveLength(1)
    await Promise.all(held.map((one) => one.value.release()))
  })

  it.each(['{"pid":1,"po', JSON.stringify({ pid: process.pid, databaseUrl: 'http://127.0.0.1:1' })])(
    'is not held by what a dead process has left: %s',
    async (left) => {
      await (await lockFolder(folder)).release()
      writeFileSync(join(folder, 'holder.json'), left)
      const answer = await tryLockFolder(folder)
      expect(answer.kind).toBe('taken')
      if (answer.kind === 'taken') await answer.lock.release()
    },
  )

  it('is held by a process that has not said yet who it is, and free at once after that was killed', async () => {
    await (await lockFolder(folder)).release()
    const child = await otherHolder()
    // what is there is of a process that is no more
    writeFileSync(
      join(folder, 'holder.json'),
      JSON.stringify({ pid: 2 ** 22 + 1, databaseUrl: 'http://127.0.0.1:1' }),
    )
    expect(await tryLockFolder(folder)).toEqual({ kind: 'held', holder: null })
    await expect(lockFolder(folder)).rejects.toThrow('in use by another process')
    writeFileSync(join(folder, 'holder.json'), JSON.stringify({ pid: child.pid, databaseUrl: null }))
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${child.pid}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    // asked once: nothing of the dead one is waited for
    const answer = await tryLockFolder(folder)
    expect(answer.kind).toBe('taken')
    if (answer.kind === 'taken') await answer.lock.release()
  })
})
