/** The FIFO queue's sending side over HTTP: batches of ten, side by side, order kept within a group, failures sent again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SqsFifoQueue } from '../../lib/adapters/sqs/fifo-queue.ts'
import { LocalSqs } from '../support/local-sqs.ts'

let sqs: LocalSqs
let pauses: number[]
beforeEach(async () => {
  sqs = await LocalSqs.listen()
  pauses = []
})
afterEach(() => sqs.close())

const queue = () =>
  new SqsFifoQueue(sqs.client(), sqs.url, async (milliseconds) => void pauses.push(milliseconds))
const message = (group: string, name: string) => ({
  groupId: group,
  deduplicationId: `${group}#${name}`,
  body: `${group}${name}`,
})
const groups = (count: number) => Array.from({ length: count }, (_, index) => `account-${index}`)

describe('sending', () => {
  it('takes one request for ten messages, whatever their groups', async () => {
    expect(await queue().send(groups(10).map((group) => message(group, 'cycle')))).toEqual({ failed: [] })
    expect([sqs.requests, sqs.taken.length]).toEqual([1, 10])
  })

  it('sends a thousand messages in a hundred requests, several at a time', async () => {
    sqs.together = 10
    await queue().send(groups(1000).map((group) => message(group, 'cycle')))
    expect([sqs.requests, new Set(sqs.taken.map(({ group }) => group)).size]).toEqual([100, 1000])
    expect(sqs.mostAtOnce).toBe(10)
  })

  it('keeps the order within a group, however many groups there are', async () => {
    sqs.latencyMs = 2
    const all = groups(200)
    const names = ['reconcile', 'cycle', 'later']
    await queue().send(names.flatMap((name) => all.map((group) => message(group, name))))
    for (const group of all) {
      const own = sqs.taken.filter((one) => one.group === group).map(({ id }) => id.split('#')[1])
      expect(own).toEqual(names)
    }
  })

  it('keeps the order of a single group over many batches', async () => {
    const names = Array.from({ length: 95 }, (_, index) => String(index))
    await queue().send(names.map((name) => message('ta', name)))
    expect(sqs.taken.map(({ id }) => id)).toEqual(names.map((name) => `ta#${name}`))
    expect(sqs.requests).toBe(10)
  })
})

describe('what the queue does not take', () => {
  it('is sent again, and nothing else is', async () => {
    const refused = new Set(['account-3', 'account-7'])
    sqs.refuses = ({ MessageGroupId }) => refused.delete(MessageGroupId)
    expect(await queue().send(groups(10).map((group) => message(group, 'cycle')))).toEqual({ failed: [] })
    expect([sqs.requests, sqs.taken.length, pauses]).toEqual([2, 10, [100]])
  })

  it('is named after three times', async () => {
    sqs.refuses = ({ MessageGroupId }) => MessageGroupId === 'account-3'
    const { failed } = await queue().send(groups(25).map((group) => message(group, 'cycle')))
    expect(failed).toEqual(['account-3#cycle'])
    expect([sqs.taken.length, pauses]).toEqual([24, [100, 200]])
  })

  it('is a fault when the queue cannot be reached at all', async () => {
    const { url } = sqs
    const client = sqs.client()
    await sqs.close()
    const unreachable = new SqsFifoQueue(client, url, async () => {}).send([message('a', '1')])
    await expect(unreachable).rejects.toMatchObject({ name: 'UnavailableError' })
    // for those after it, and not before: it might get the same port
    sqs = await LocalSqs.listen()
  })
})
