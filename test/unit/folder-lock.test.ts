/** The lock of a state folder: one holder at a time, and none that is dead. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InUseError } from '../../lib/domain/errors.ts'
import { findLockHolder, lockFolder } from '../../lib/local/folder-lock.ts'

describe('the lock of a state folder', () => {
  let folder = ''
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'torghut-lock-')), 'state')
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  it('refuses a second holder and names the first', async () => {
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(InUseError)
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`)
    lock.announce('http://127.0.0.1:8000')
    expect(await findLockHolder(folder)).toMatchObject({
      pid: process.pid,
      databaseUrl: 'http://127.0.0.1:8000',
    })
    await lock.release()
    expect(await findLockHolder(folder)).toBeNull()
  })

  it('is free again once released, any number of times', async () => {
    for (let round = 1; round <= 3; round += 1) await (await lockFolder(folder)).release()
    expect(readdirSync(folder)).toEqual(['lock-3'])
  })

  it('is given to exactly one of many that ask at once', async () => {
    await (await lockFolder(folder)).release()
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)))
    const held = asked.filter((one) => one.status === 'fulfilled')
    expect(held).toHaveLength(1)
    await Promise.all(held.map((one) => one.value.release()))
  })

  it('is not held by a dead process, a torn file, or a stranger on the old port', async () => {
    await (await lockFolder(folder)).release()
    writeFileSync(join(folder, 'lock-7'), '{"pid":1,"po')
    await (await lockFolder(folder)).release()

    const stranger = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    writeFileSync(join(folder, 'lock-9'), JSON.stringify({ pid: process.pid, port, token: 'mine' }))
    await (await lockFolder(folder)).release()
    expect(readdirSync(folder)).toEqual(['lock-10'])
    stranger.close()
  })

  it('is free at once after its holder was killed', async () => {
    const server = `require('node:net').createServer(s=>s.end('t')).listen(0,'127.0.0.1',function(){
      console.log(this.address().port)})`
    const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    await (await lockFolder(folder)).release()
    const content = { pid: child.pid, port: Number(line.toString()), token: 't' }
    writeFileSync(join(folder, 'lock-2'), JSON.stringify(content))
    await expect(lockFolder(folder)).rejects.toThrow(InUseError)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const started = performance.now()
    await (await lockFolder(folder)).release()
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
