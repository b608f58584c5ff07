/** What stands in a topic, as its consumers see it, and topics to put it in. */
import { Admin, Consumer, type Message } from '@platformatic/kafka'

export type TopicRecord = Pick<
  Message<Buffer | null, Buffer | null>,
  'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'value' | 'headers'
>

let readers = 0

export async function createTopics(broker: string, partitions: number, ...topics: string[]): Promise<void> {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [broker], retries: 20, retryDelay: 200 })
  try {
    await admin.createTopics({ topics, partitions, replicas: 1 })
  } finally {
    await admin.close()
  }
}

/** Every record that is there now, each partition in order. */
export async function recordsOf(broker: string, topic: string): Promise<readonly TopicRecord[]> {
  readers += 1
  const consumer = new Consumer({
    clientId: 'tests',
    groupId: `readers-${readers}`,
    bootstrapBrokers: [broker],
    retries: 20,
    retryDelay: 200,
  })
  try {
    const ends = (await consumer.listOffsets({ topics: [topic], timestamp: -1n })).get(topic) ?? []
    let open = Number(ends.reduce((sum, end) => sum + end, 0n))
    if (open === 0) return []
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'earliest',
      autocommit: false,
      maxWaitTime: 100,
    })
    const records: TopicRecord[] = []
    for await (const record of stream) {
      records.push(record)
      if ((open -= 1) === 0) break
    }
    return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset))
  } finally {
    // its stream may still fetch
    await new Promise<void>((resolve) => consumer.close(true, () => resolve()))
  }
}
