/** Sending to a queue of SQS: ten messages a request at most, and what was not taken after three of them is named. */
import { SendMessageBatchCommand, type SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, expect, it } from 'vitest'
import { SqsFifoQueue } from '../../lib/adapters/sqs/fifo-queue.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'

const sqs = mockClient(SQSClient)
beforeEach(() => sqs.reset())
const queue = new SqsFifoQueue(
  new SQSClient({ region: 'us-east-1' }),
  'https://queue.invalid/lane',
  async () => {},
)
const messages = Array.from({ length: 12 }, (_, index) => ({
  groupId: `lane-${index}`,
  deduplicationId: `tick#${index}`,
  body: '{}',
}))

it('names the messages that the queue never took, of each request', async () => {
  const refused = new Set(['tick#3', 'tick#11'])
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries = [] }: SendMessageBatchCommandInput) => ({
    Failed: Entries.filter(({ MessageDeduplicationId: id = '' }) => refused.has(id)).map(({ Id = '' }) =>
      failure(Id),
    ),
  }))
  const { failed } = await queue.send(messages)
  expect([...failed].sort()).toEqual(['tick#11', 'tick#3'])
  const requests = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? [])
  expect(Math.max(...requests.map((entries) => entries.length))).toBeLessThanOrEqual(10)
  const times = (id: string) => requests.flat().filter((entry) => entry.MessageDeduplicationId === id).length
  expect(messages.map(({ deduplicationId: id }) => times(id))).toEqual(
    messages.map(({ deduplicationId: id }) => (refused.has(id) ? 3 : 1)),
  )
  const last = requests.flat().find((entry) => entry.MessageDeduplicationId === 'tick#11')
  expect(last).toMatchObject({ MessageGroupId: 'lane-11' })
})

it('is unavailable when nobody answers', async () => {
  sqs.on(SendMessageBatchCommand).rejects(new Error('no route'))
  await expect(queue.send(messages)).rejects.toThrow(UnavailableError)
})

function failure(Id: string) {
  return { Id, SenderFault: false, Code: 'InternalError' }
}
