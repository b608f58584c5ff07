/**
 * A relay in front of a broker, for a topic whose partitions have moved to another one: what is produced does not reach the
 * broker as long as `refuses` is set, and is answered as Kafka answers since 3.7: not the leader, and who is (KIP-951,
 * tagged fields as in the packet that librdkafka's issue 4953 shows). Everything else passes unchanged.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const PRODUCE = 0
const LENGTH_BYTES = 4
const NOT_LEADER_OR_FOLLOWER = 6
/** One tagged field, number 0, of 9 bytes: leader 1 in epoch 17. */
const CURRENT_LEADER = Buffer.from('010009000000010000001100', 'hex')
const NO_TAGGED_FIELDS = Buffer.from([0])

export class MovedPartitions {
  refuses = true
  /** How many requests were refused. */
  refused = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(broker: string, topic: string, partitions: number) {
    const answer = notTheLeader(topic, partitions)
    this.#server = createServer((client) => {
      const upstream = connected(broker)
      for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
      upstream.pipe(client)
      let waiting = Buffer.alloc(0)
      client.on('data', (chunk) => {
        waiting = Buffer.concat([waiting, chunk])
        for (let frame = firstFrame(waiting); frame !== null; frame = firstFrame(waiting)) {
          waiting = waiting.subarray(frame.length)
          if (this.refuses && frame.readInt16BE(LENGTH_BYTES) === PRODUCE) {
            this.refused += 1
            client.write(framed(correlationOf(frame), NO_TAGGED_FIELDS, answer))
          } else {
            upstream.write(frame)
          }
        }
      })
    })
  }

  static async listen(
    at: string,
    broker: string,
    topic: string,
    partitions: number,
  ): Promise<MovedPartitions> {
    const made = new MovedPartitions(broker, topic, partitions)
    const [host, port] = at.split(':')
    made.#server.listen(Number(port), host)
    await once(made.#server, 'listening')
    return made
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close')
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

function connected(address: string): Socket {
  const [host, port] = address.split(':')
  return connect(Number(port), host)
}

/** With its length in front; null as long as it is not whole. */
function firstFrame(bytes: Buffer): Buffer | null {
  if (bytes.length < LENGTH_BYTES) return null
  const whole = LENGTH_BYTES + bytes.readInt32BE(0)
  return bytes.length < whole ? null : bytes.subarray(0, whole)
}

/** Behind the length stand which request it is and its version, each in two bytes. */
const correlationOf = (frame: Buffer): Buffer => frame.subarray(8, 12)

function framed(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** ProduceResponse, version 10 and 11: lengths of what is compact are one more than what follows. */
function notTheLeader(topic: string, partitions: number): Buffer {
  const each = Array.from({ length: partitions }, (_, index) => {
    const fixed = Buffer.alloc(4 + 2 + 3 * 8, 0xff)
    fixed.writeInt32BE(index)
    fixed.writeInt16BE(NOT_LEADER_OR_FOLLOWER, 4)
    // no record is to blame, and nothing more is said
    return Buffer.concat([fixed, Buffer.from([1, 0]), CURRENT_LEADER])
  })
  return Buffer.concat([
    Buffer.from([2, topic.length + 1]),
    Buffer.from(topic),
    Buffer.from([partitions + 1]),
    ...each,
    NO_TAGGED_FIELDS,
    // nobody is slowed down
    Buffer.alloc(4),
    NO_TAGGED_FIELDS,
  ])
}
