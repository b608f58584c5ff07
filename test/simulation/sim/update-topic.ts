/**
 * A topic of Kafka's with the exchange's updates, and Lambda's mapping from it to the order feed: batches of several
 * partitions, each taken up from its own offset; from the first record that failed, or from the batch's beginning where
 * the function did not end well (docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html).
 */
import type { Context } from 'aws-lambda'
import type { KafkaBatchResponse, KafkaEvent } from '../../../functions/wiring/consume-kafka.ts'
import type { Cloud } from './cloud.ts'
import type { FaultSource } from './faults.ts'
import type { Host } from './host.ts'
import type { Kernel } from './kernel.ts'
import { type Stream, seedOf, streamOf } from './random.ts'
import type { UpdateWay } from './update-way.ts'

export interface UpdateTopicOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly cloud: Cloud
  /** Told of an answer that names no record of its batch. */
  readonly onUnknownRecord: (what: string) => void
  readonly run: TopicFunction
}

export type TopicFunction = (host: Host, event: KafkaEvent, context: Context) => Promise<KafkaBatchResponse>

export const TOPIC = 'torghut.trade-updates.v2'

interface Partition {
  readonly name: string
  readonly values: (string | null)[]
  /** Of the first record that is not done with. */
  next: number
}

const PARTITIONS = 3
const MOST_RECORDS = 10
const TIMEOUT_MS = 30_000
const POLL_WITHIN_MS = 400
const AGAIN_MS = 1000
/** Offsets begin where older records have been deleted. */
const FIRST_OFFSET = 700
const TOMBSTONES = 0.05
/** Few worlds have a topic, and in those few batches. */
const WEIGHT = 4

export class UpdateTopic implements UpdateWay {
  readonly mayLose = true
  readonly #options: UpdateTopicOptions
  readonly #random: Stream
  readonly #partitions: readonly Partition[] = Array.from({ length: PARTITIONS }, (_, index) => ({
    name: `${TOPIC}-${index}`,
    values: [],
    next: 0,
  }))
  #isPolled = false
  #batches = 0

  constructor(options: UpdateTopicOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'update topic')
  }

  /** Records of an account keep their order. */
  send(account: string, _id: string, body: string): void {
    const partition = this.#partitions[seedOf(0, account) % PARTITIONS]
    if (this.#random.chance(TOMBSTONES)) partition?.values.push(null)
    partition?.values.push(body)
    this.#pollWithin(POLL_WITHIN_MS)
  }

  #pollWithin(milliseconds: number): void {
    if (this.#isPolled) return
    this.#isPolled = true
    this.#options.kernel.after(1 + this.#random.below(milliseconds), () => this.#poll())
  }

  #poll(): void {
    const { cloud, run } = this.#options
    const batch = this.#partitions
      .map((partition) => {
        const to = Math.min(partition.next + MOST_RECORDS, partition.values.length)
        return { partition, from: partition.next, to }
      })
      .filter(({ from, to }) => from < to)
    if (batch.length === 0) {
      this.#isPolled = false
      return
    }
    this.#batches += 1
    const records = batch.map(({ partition, from, to }) => [partition.name, recordsOf(partition, from, to)])
    const event = { eventSource: 'aws:kafka', records: Object.fromEntries(records) } as unknown as KafkaEvent
    let answer: KafkaBatchResponse | null = null
    cloud.invoke(
      'order-feed',
      'order-feed:topic',
      TIMEOUT_MS,
      async (host) => {
        const deadline = host.clock.now() + TIMEOUT_MS
        const context = { getRemainingTimeInMillis: () => deadline - host.clock.now() } as Context
        answer = await run(host, event, context)
      },
      (ok) => {
        this.#advance(batch, ok ? answer : null)
        this.#isPolled = false
        this.#pollWithin(ok ? POLL_WITHIN_MS : AGAIN_MS)
      },
    )
  }

  /** @param answer null: the function did not end well, so all of the batch comes again */
  #advance(
    batch: readonly { readonly partition: Partition; readonly from: number; readonly to: number }[],
    answer: KafkaBatchResponse | null,
  ): void {
    if (answer === null) return
    const failed = new Map(
      answer.batchItemFailures.map(({ itemIdentifier: { partition, offset } }) => [partition, offset]),
    )
    // what Lambda does not know makes it repeat the whole batch
    const unknown = [...failed].filter(([name, offset]) => {
      const index = offset - FIRST_OFFSET
      return !batch.some(({ partition, from, to }) => partition.name === name && index >= from && index < to)
    })
    if (unknown.length > 0) return this.#options.onUnknownRecord(unknown.join(' '))
    const again = this.#options.faults.at(`batch ${this.#batches}`, ['records_redelivered'], WEIGHT)
    for (const { partition, from, to } of batch) {
      const offset = failed.get(partition.name)
      partition.next = offset === undefined ? to : offset - FIRST_OFFSET
      // the offset was not committed, and another consumer takes the partition up
      if (again !== null) partition.next = from + this.#random.below(partition.next - from + 1)
    }
  }
}

function recordsOf({ name, values }: Partition, from: number, to: number) {
  return values.slice(from, to).map((value, index) => ({
    topic: TOPIC,
    partition: Number(name.slice(TOPIC.length + 1)),
    offset: FIRST_OFFSET + from + index,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key: '',
    value: value === null ? null : Buffer.from(value).toString('base64'),
    headers: [],
  }))
}
