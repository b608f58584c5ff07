/** Sending to a queue of SQS: ten messages a request, and what was not taken is named. */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { expect, it } from 'vitest'
import { SqsFifoQueue } from '../../lib/adapters/sqs/fifo-queue.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'

const sqs = mockClient(SQSClient)
const queue = new SqsFifoQueue(new SQSClient({ region: 'us-east-1' }), 'https://queue.invalid/lane')
const messages = Array.from({ length: 12 }, (_, index) => ({
  groupId: `lane-${index}`,
  deduplicationId: `tick#${index}`,
  body: '{}',
}))

it('names the messages that the queue did not take, of each batch', async () => {
  sqs
    .on(SendMessageBatchCommand)
    .resolvesOnce({ Failed: [failure('3')] })
    .resolvesOnce({ Failed: [failure('1')] })
  expect(await queue.send(messages)).toEqual({ failed: ['tick#3', 'tick#11'] })
  const sent = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries)
  expect(sent.map((entries) => entries?.length)).toEqual([10, 2])
  expect(sent[1]?.[1]).toMatchObject({ MessageGroupId: 'lane-11', MessageDeduplicationId: 'tick#11' })
})

it('is unavailable when nobody answers', async () => {
  sqs.on(SendMessageBatchCommand).rejects(new Error('no route'))
  await expect(queue.send(messages)).rejects.toThrow(UnavailableError)
})

function failure(Id: string) {
  return { Id, SenderFault: false, Code: 'InternalError' }
}
