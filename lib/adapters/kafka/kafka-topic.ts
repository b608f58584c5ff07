/**
 * A topic's sending side over Kafka, by `@platformatic/kafka`: keyed by group, with the partition that Kafka's own clients
 * choose, acknowledged by every replica in sync, idempotent.
 *
 * Invariants: a send is over within its time, whatever the brokers do, since the forwarder's lease ends; after one that
 * failed a new producer begins, since the client numbers the next batch like the lost one: a broker that took it would
 * take the next one for it, or none ever again. An answer that cannot be read is asked for again as long as there is time,
 * by a new producer, which asks who leads: what the broker took before is there twice then, as after any failed send.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { compatibilityPartitioner, ProduceAcks, Producer } from '@platformatic/kafka'
import { ConfigurationError, UnavailableError } from '../../domain/errors.ts'
import type { KafkaConnection } from '../../domain/kafka.ts'
import type { OpenQueue, QueueMessage } from '../../ports/queue.ts'
import { isFault, isUnreadable, reasonOf } from './kafka-faults.ts'

const CLIENT_ID = 'torghut'
/** Of a send's time, what a connection may take with its handshakes. */
const CONNECT_SHARE = 0.8
const RETRIES = 2
const RETRY_PAUSE_MS = 100
const ASK_MS = 10_000

export class KafkaTopic implements OpenQueue {
  readonly #connection: KafkaConnection
  readonly #topic: string
  readonly #withinMs: number
  #producer: Producer | null = null
  #producers = 0

  /** Connects to nobody yet. @param withinMs how long a send may take */
  constructor(connection: KafkaConnection, topic: string, withinMs: number) {
    this.#connection = connection
    this.#topic = topic
    this.#withinMs = withinMs
  }

  /** Asks for the topic. @throws ConfigurationError when it, or the user, is not known, UnavailableError */
  async check(): Promise<void> {
    const topics = [this.#topic]
    const { brokers, sasl } = this.#connection
    try {
      await within(ASK_MS, this.#opened().metadata({ topics }))
    } catch (cause) {
      this.#forget()
      const refused = (path: string, found: string, allowed: string) =>
        new ConfigurationError('The Kafka cluster', [{ path, found, allowed }], { cause })
      if (isFault(cause, 'PLT_KFK_AUTHENTICATION')) {
        throw refused('user', sasl?.username ?? 'nothing', `a user of the cluster (${reasonOf(cause)})`)
      }
      if (isFault(cause, 'PLT_KFK_USER')) throw refused('topic', this.#topic, 'a topic of the cluster')
      throw new UnavailableError(`no broker of ${brokers.join(',')} answers: ${reasonOf(cause)}`, {
        cause,
        advice: 'Check the addresses, the security protocol and the network, then try again.',
      })
    }
  }

  async send(messages: readonly QueueMessage[]): Promise<{ readonly failed: readonly string[] }> {
    if (messages.length === 0) return { failed: [] }
    const records = messages.map(({ groupId, body }) => ({
      topic: this.#topic,
      key: Buffer.from(groupId),
      value: Buffer.from(body),
    }))
    const end = performance.now() + this.#withinMs
    const reasons = new Set<string>()
    for (;;) {
      const left = Math.round(end - performance.now())
      try {
        await within(left, this.#opened().send({ messages: records, acks: ProduceAcks.ALL }))
        return { failed: [] }
      } catch (cause) {
        this.#forget()
        reasons.add(reasonOf(cause))
        if (!isUnreadable(cause) || performance.now() + RETRY_PAUSE_MS >= end) {
          const why = [...reasons].join('; then: ')
          throw new UnavailableError(`the topic ${this.#topic} does not take updates: ${why}`, { cause })
        }
        await pause(RETRY_PAUSE_MS)
      }
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = null
    await producer?.close()
  }

  #opened(): Producer {
    const { brokers, tls, sasl } = this.#connection
    return (this.#producer ??= new Producer({
      clientId: CLIENT_ID,
      // another one first each time, so that one that is silent does not take up every send's time
      bootstrapBrokers: rotated(brokers, this.#producers++),
      idempotent: true,
      retries: RETRIES,
      retryDelay: RETRY_PAUSE_MS,
      connectTimeout: this.#withinMs * CONNECT_SHARE,
      requestTimeout: this.#withinMs,
      timeout: this.#withinMs,
      autocreateTopics: false,
      partitioner: compatibilityPartitioner,
      ...(tls === null ? {} : { tls: tls.authority === null ? {} : { ca: tls.authority } }),
      ...(sasl === null ? {} : { sasl: { ...sasl } }),
    }))
  }

  /** Cuts its connections off, so that it repeats nothing any more. */
  #forget(): void {
    this.close().catch(() => {})
  }
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** @throws Error when it takes longer */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, tooLong])
  } finally {
    clearTimeout(timer)
  }
}
