/** The queue inside a laptop's process behaves like the FIFO queue that it stands in for. */
import { describe, expect, it } from 'vitest'
import { FifoQueue } from '../../lib/local/fifo-queue.ts'

function message(groupId: string, name: string) {
  return { groupId, deduplicationId: `${groupId}#${name}`, body: `${groupId}${name}` }
}

describe('the queue inside the process', () => {
  it('handles the messages of a group in order and groups side by side', async () => {
    const log: string[] = []
    const queue = new FifoQueue(async (body: string) => {
      log.push(`begin ${body}`)
      await new Promise((resolve) => setImmediate(resolve))
      log.push(`end ${body}`)
      return body
    })
    await queue.send([message('a', '1'), message('a', '2'), message('b', '1')])
    expect((await queue.drained()).toSorted()).toEqual(['a1', 'a2', 'b1'])
    expect(log.filter((line) => line.includes('a'))).toEqual(['begin a1', 'end a1', 'begin a2', 'end a2'])
    expect(log.indexOf('begin b1')).toBeLessThan(log.indexOf('end a1'))
  })

  it('takes a deduplication id once', async () => {
    const queue = new FifoQueue((body: string) => Promise.resolve(body))
    await queue.send([message('a', '1'), message('a', '1')])
    expect(await queue.drained()).toEqual(['a1'])
    await queue.send([message('a', '1')])
    expect(await queue.drained()).toEqual([])
  })

  it('hands on the first fault and handles nothing after it', async () => {
    const handled: string[] = []
    const queue = new FifoQueue((body: string) => {
      handled.push(body)
      return Promise.reject(new Error(`no ${body}`))
    })
    await queue.send([message('a', '1'), message('a', '2')])
    await expect(queue.drained()).rejects.toThrow('no a1')
    expect(handled).toEqual(['a1'])
  })
})
