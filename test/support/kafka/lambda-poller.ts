/**
 * Lambda's poller for Kafka, as far as its batches and what it makes of answers are documented
 * (docs.aws.amazon.com/lambda/latest/dg/with-kafka-process.html, .../kafka-retry-configurations.html): records by topic and
 * partition, keys and values as base64, headers as bytes; what an answer names comes again from its offset on, and an
 * answer that it does not understand makes the whole batch come again.
 */
export interface PolledRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint | number
  readonly timestamp: bigint | number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: ReadonlyMap<Buffer, Buffer>
}

type Handler = (event: object) => Promise<unknown>

interface Failure {
  readonly itemIdentifier?: { readonly partition?: unknown; readonly offset?: unknown }
}

export class LambdaPoller {
  readonly #partitions = new Map<string, { readonly records: readonly PolledRecord[]; next: number }>()
  readonly #batchSize: number
  /** How many records came again. */
  repeated = 0

  /** @param records each partition's in order */
  constructor(records: readonly PolledRecord[], batchSize: number) {
    const grouped = new Map<string, PolledRecord[]>()
    for (const record of records) {
      const name = `${record.topic}-${record.partition}`
      grouped.set(name, [...(grouped.get(name) ?? []), record])
    }
    for (const [name, own] of grouped) this.#partitions.set(name, { records: own, next: 0 })
    this.#batchSize = batchSize
  }

  get isDone(): boolean {
    return [...this.#partitions.values()].every(({ records, next }) => next === records.length)
  }

  /** One batch, from every partition that has something, and what its answer leads to. */
  async poll(handler: Handler): Promise<void> {
    const open = [...this.#partitions].filter(([, { records, next }]) => next < records.length)
    const share = Math.max(1, Math.floor(this.#batchSize / Math.max(1, open.length)))
    const batch = new Map(open.map(([name, { records, next }]) => [name, records.slice(next, next + share)]))
    const answer = await handler({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: 'one.example.com:9096,two.example.com:9096',
      records: Object.fromEntries([...batch].map(([name, records]) => [name, records.map(asPolled)])),
    })
    const { batchItemFailures: failures } = (answer ?? {}) as { batchItemFailures?: readonly Failure[] }
    if (failures === undefined) throw new Error('an answer that Lambda does not understand')
    const first = new Map(
      failures.map(({ itemIdentifier }) => [itemIdentifier?.partition, itemIdentifier?.offset]),
    )
    for (const [name, records] of batch) {
      const partition = this.#partitions.get(name)
      if (partition === undefined) continue
      const failed = first.has(name)
        ? records.findIndex(({ offset }) => Number(offset) === first.get(name))
        : records.length
      first.delete(name)
      if (failed === -1) throw new Error(`an answer with an offset that ${name} did not have`)
      this.repeated += records.length - failed
      partition.next += failed
    }
    if (first.size > 0) throw new Error('an answer with a partition that was not in the batch')
  }
}

function asPolled({ topic, partition, offset, timestamp, key, value, headers = new Map() }: PolledRecord) {
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    timestampType: 'CREATE_TIME',
    ...(key !== null && { key: key.toString('base64') }),
    // a tombstone
    value: value === null ? null : value.toString('base64'),
    headers: [...headers].map(([name, bytes]) => ({ [name.toString()]: [...bytes] })),
  }
}
