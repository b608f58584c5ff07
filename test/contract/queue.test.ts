/**
 * Where updates are put, SQS and Kafka, by one suite: all of it, each group in its order, in time or said to have failed.
 * Kafka is a real broker, where the machine has one.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { KafkaTopic } from '../../lib/adapters/kafka/kafka-topic.ts'
import { SqsFifoQueue } from '../../lib/adapters/sqs/fifo-queue.ts'
import type { KafkaConnection } from '../../lib/domain/kafka.ts'
import type { OpenQueue, QueueMessage } from '../../lib/ports/queue.ts'
import { hasKafka, KAFKA_USER, KafkaBroker } from '../support/kafka/kafka-broker.ts'
import { createTopics, recordsOf } from '../support/kafka/kafka-records.ts'
import { MovedPartitions } from '../support/kafka/moved-partitions.ts'
import { LocalSqs } from '../support/local-sqs.ts'

const WITHIN_MS = 2500
/** Under load timers are late; what does not keep to its time takes 30 s and more. */
const LATE_MS = 15_000
/** For what is taken, however busy the machine is. */
const PATIENT_MS = 60_000

const message = (groupId: string, name: string): QueueMessage => ({
  groupId,
  deduplicationId: `${groupId}#${name}`,
  body: `${groupId}#${name}`,
})
const numbered = (group: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => message(group, String(from + index)))

interface Place {
  readonly queue: OpenQueue
  /** The same place, given up after `WITHIN_MS`. */
  readonly impatient: OpenQueue
  /** What was taken of a group, in order. */
  readonly taken: (group: string) => Promise<readonly string[]>
  /** Nobody answers, though connections are taken. */
  readonly hold: () => void
  readonly release: () => void
  readonly close: () => Promise<void>
}

/** One that nobody listens for. */
interface Technology {
  readonly open: () => Promise<Place>
  readonly nowhere: () => OpenQueue
}

function promises({ open, nowhere }: Technology): void {
  let place: Place
  beforeEach(async () => {
    place = await open()
  })
  afterEach(async () => {
    place.release()
    await place.queue.close()
    await place.impatient.close()
    await place.close()
  })

  it('takes nothing for nothing', async () => {
    expect(await place.queue.send([])).toEqual({ failed: [] })
  })

  it('takes all, each group in its order, also what comes in several sends', async () => {
    const [alpha, beta] = [numbered('alpha', 0, 120), numbered('beta', 0, 120)]
    const mixed = alpha.flatMap((one, index) => [one, beta[index] as QueueMessage])
    expect(await place.queue.send(mixed.slice(0, 100))).toEqual({ failed: [] })
    expect(await place.queue.send(mixed.slice(100))).toEqual({ failed: [] })
    expect(await place.taken('alpha')).toEqual(alpha.map(({ body }) => body))
    expect(await place.taken('beta')).toEqual(beta.map(({ body }) => body))
  })

  it('is over in time where nobody answers, and takes everything once somebody does', async () => {
    const { impatient } = place
    await eventuallyTaken(impatient, numbered('alpha', 0, 3))
    place.hold()
    const began = performance.now()
    await expect(impatient.send(numbered('alpha', 3, 5))).rejects.toMatchObject({
      name: 'UnavailableError',
    })
    expect(performance.now() - began).toBeLessThan(WITHIN_MS + LATE_MS)
    place.release()
    // more than before, as the forwarder has it: what was not known to be taken, and what came meanwhile
    await eventuallyTaken(impatient, numbered('alpha', 3, 30))
    await eventuallyTaken(impatient, numbered('alpha', 30, 31))
    const taken = await place.taken('alpha')
    // what may have been taken may come twice, and nothing is left out
    expect([...new Set(taken)]).toEqual(numbered('alpha', 0, 31).map(({ body }) => body))
  })

  it('says so in time when it cannot be reached', async () => {
    const queue = nowhere()
    const began = performance.now()
    await expect(queue.send([message('alpha', '1')])).rejects.toMatchObject({ name: 'UnavailableError' })
    expect(performance.now() - began).toBeLessThan(WITHIN_MS + LATE_MS)
    await queue.close()
  })
}

/** As the forwarder does: again until it is taken. */
async function eventuallyTaken(queue: OpenQueue, messages: readonly QueueMessage[]): Promise<void> {
  const end = performance.now() + PATIENT_MS
  while (performance.now() < end) {
    const answer = await queue.send(messages).catch(() => null)
    if (answer !== null && answer.failed.length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it was never taken')
}

const soon = async (): Promise<void> => {}

describe('a queue of SQS', () => {
  const over = (sqs: LocalSqs, withinMs: number): OpenQueue => {
    const queue = new SqsFifoQueue(sqs.client(), sqs.url, soon, withinMs)
    return { send: (messages) => queue.send(messages), close: soon }
  }
  promises({
    open: async () => {
      const sqs = await LocalSqs.listen()
      return {
        queue: over(sqs, PATIENT_MS),
        impatient: over(sqs, WITHIN_MS),
        taken: async (group) => sqs.taken.filter((one) => one.group === group).map(({ body }) => body),
        hold: () => (sqs.latencyMs = 60_000),
        release: () => (sqs.latencyMs = 0),
        close: () => sqs.close(),
      }
    },
    nowhere: () => {
      const queue = new SqsFifoQueue(
        LocalSqs.clientOf('http://127.0.0.1:1'),
        'http://127.0.0.1:1/q',
        soon,
        WITHIN_MS,
      )
      return { send: (messages) => queue.send(messages), close: soon }
    },
  })
})

describe.skipIf(!hasKafka())('a topic of Kafka', () => {
  let broker: KafkaBroker
  let topics = 0
  beforeAll(async () => {
    broker = await KafkaBroker.start()
  }, 120_000)
  afterAll(() => broker?.stop())

  const plain = (): KafkaConnection => ({ brokers: [broker.plain], tls: null, sasl: null })
  const secured = (password = KAFKA_USER.password, authority: string | null = broker.certificate) => ({
    brokers: [broker.secured],
    tls: { authority },
    sasl: { mechanism: 'SCRAM-SHA-512' as const, username: KAFKA_USER.username, password },
  })
  const newTopic = async (partitions = 3): Promise<string> => {
    topics += 1
    await createTopics(broker.plain, partitions, `updates-${topics}`)
    return `updates-${topics}`
  }
  const textsOf = async (topic: string, group: string) =>
    (await recordsOf(broker.plain, topic))
      .filter(({ key }) => key?.toString() === group)
      .map(({ value }) => value?.toString() ?? '')

  promises({
    open: async () => {
      const topic = await newTopic()
      return {
        queue: new KafkaTopic(plain(), topic, PATIENT_MS),
        impatient: new KafkaTopic(plain(), topic, WITHIN_MS),
        taken: (group) => textsOf(topic, group),
        hold: () => broker.hold(),
        release: () => broker.release(),
        close: soon,
      }
    },
    nowhere: () => new KafkaTopic({ ...plain(), brokers: ['127.0.0.1:1'] }, 'updates', WITHIN_MS),
  })

  it('keeps a group in one partition, the one that Kafka chooses for its own clients', async () => {
    const topic = await newTopic(7)
    const queue = new KafkaTopic(plain(), topic, PATIENT_MS)
    // Kafka's own UtilsTest: murmur2 of these texts; its producer takes the lower 31 bits modulo the partitions
    const hashes = { '21': -973_932_308, foobar: -790_332_482, abc: 479_470_107 }
    await queue.send(Object.keys(hashes).flatMap((group) => numbered(group, 0, 5)))
    await queue.close()
    const records = await recordsOf(broker.plain, topic)
    for (const [group, hash] of Object.entries(hashes)) {
      const own = records.filter(({ key }) => key?.toString() === group)
      expect(new Set(own.map(({ partition }) => partition))).toEqual(new Set([(hash & 0x7fffffff) % 7]))
    }
  })

  it('asks who leads now when partitions have moved, and sends it there', async () => {
    const topic = await newTopic(2)
    const relay = await MovedPartitions.listen(broker.relay, broker.relayed, topic, 2)
    const queue = new KafkaTopic({ ...plain(), brokers: [broker.relay] }, topic, PATIENT_MS)
    const sent = queue.send([...numbered('21', 0, 2), ...numbered('abc', 0, 2)])
    // more often than the client tries by itself
    await expect.poll(() => relay.refused).toBeGreaterThan(3)
    relay.refuses = false
    expect(await sent).toEqual({ failed: [] })
    await queue.close()
    await relay.close()
    const records = await recordsOf(broker.plain, topic)
    expect(records.map(({ partition, value }) => [partition, value?.toString()])).toEqual([
      [0, '21#0'],
      [0, '21#1'],
      [1, 'abc#0'],
      [1, 'abc#1'],
    ])
  })

  it('goes on after the broker was killed, with nothing left out', { timeout: 120_000 }, async () => {
    const topic = await newTopic()
    const queue = new KafkaTopic(plain(), topic, WITHIN_MS)
    await eventuallyTaken(queue, numbered('alpha', 0, 10))
    await broker.kill()
    await expect(queue.send(numbered('alpha', 10, 20))).rejects.toMatchObject({ name: 'UnavailableError' })
    await broker.resume()
    await eventuallyTaken(queue, numbered('alpha', 10, 40))
    await queue.close()
    const taken = await textsOf(topic, 'alpha')
    expect([...new Set(taken)]).toEqual(numbered('alpha', 0, 40).map(({ body }) => body))
  })

  it('is written with TLS by a user with a password', async () => {
    const topic = await newTopic()
    const queue = new KafkaTopic(secured(), topic, PATIENT_MS)
    await queue.check()
    expect(await queue.send(numbered('alpha', 0, 2))).toEqual({ failed: [] })
    await queue.close()
    expect(await textsOf(topic, 'alpha')).toEqual(['alpha#0', 'alpha#1'])
  })

  it('says what is wrong before anything is sent: the password, the authority, the topic, the address', async () => {
    const topic = await newTopic()
    const faultOf = async (connection: KafkaConnection, name = topic) => {
      const queue = new KafkaTopic(connection, name, 10_000)
      const fault: unknown = await queue.check().catch((error: unknown) => error)
      await queue.close()
      return fault
    }
    const wrong = await faultOf(secured('wrong-password'))
    expect(wrong).toMatchObject({
      name: 'ConfigurationError',
      violations: [{ path: 'user', found: 'forwarder' }],
    })
    expect(String(wrong)).not.toContain('wrong-password')
    expect(await faultOf(secured(KAFKA_USER.password, null))).toMatchObject({
      name: 'UnavailableError',
      message: expect.stringMatching(/self-signed|unable to verify/) as string,
    })
    expect(await faultOf(plain(), 'no-such-topic')).toMatchObject({
      name: 'ConfigurationError',
      violations: [{ path: 'topic', found: 'no-such-topic' }],
    })
    expect(await faultOf({ ...plain(), brokers: ['127.0.0.1:1'] })).toMatchObject({
      name: 'UnavailableError',
    })
  })

  it('finds the broker that answers among those that do not', async () => {
    const topic = await newTopic()
    // takes connections, and says nothing
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const brokers = [`127.0.0.1:${port}`, '127.0.0.1:1', broker.plain]
    const queue = new KafkaTopic({ ...plain(), brokers }, topic, WITHIN_MS)
    await eventuallyTaken(queue, numbered('alpha', 0, 5))
    await queue.close()
    silent.close()
    expect([...new Set(await textsOf(topic, 'alpha'))]).toHaveLength(5)
  })
})
