/** What stands in a topic, as its consumers see it, and topics to put it in. */
import { Admin, Consumer, ListOffsetTimestamps, type Message } from '@platformatic/kafka'

export type TopicRecord = Pick<
  Message<Buffer | null, Buffer | null>,
  'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'value' | 'headers'
>

let readers = 0
/** A minute: a broker on a busy machine leads what it was given late. */
const PATIENTLY = { retries: 300, retryDelay: 200 }

/** They are there, and led, on the return: until then a broker refuses what is sent to them. */
export async function createTopics(broker: string, partitions: number, ...topics: string[]): Promise<void> {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [broker], ...PATIENTLY })
  try {
    await admin.createTopics({ topics, partitions, replicas: 1 })
    // who does not lead a partition does not know where it ends
    const ends = Array.from({ length: partitions }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: ListOffsetTimestamps.LATEST,
    }))
    await admin.listOffsets({ topics: topics.map((name) => ({ name, partitions: ends })) })
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
    ...PATIENTLY,
  })
  try {
    const ends =
      (await consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST })).get(topic) ??
      []
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
