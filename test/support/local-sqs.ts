/**
 * SQS over HTTP for tests and benchmarks, as far as a FIFO queue's sender and reader need it: SendMessageBatch with
 * deduplication, and everything that was taken, in order (AWS JSON protocol,
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html).
 */
import { SQSClient } from '@aws-sdk/client-sqs'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TakenMessage {
  readonly group: string
  readonly id: string
  readonly body: string
}

interface Entry {
  readonly Id: string
  readonly MessageGroupId: string
  readonly MessageDeduplicationId: string
  readonly MessageBody: string
}

export class LocalSqs {
  readonly #server: Server
  readonly #seen = new Set<string>()
  readonly taken: TakenMessage[] = []
  requests = 0
  mostAtOnce = 0
  #underWay = 0
  /** Whether a message is refused this time. */
  refuses: (entry: Entry) => boolean = () => false
  latencyMs = 0
  /** Answers wait for one another until so many of them wait. */
  together = 1
  #waiting: (() => void)[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests += 1
      this.#underWay += 1
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay)
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        setTimeout(() => {
          this.#waiting.push(() => {
            this.#underWay -= 1
            response.setHeader('content-type', 'application/x-amz-json-1.0')
            response.end(JSON.stringify(this.#take((JSON.parse(text) as { Entries: Entry[] }).Entries)))
          })
          if (this.#waiting.length >= this.together) for (const answers of this.#waiting.splice(0)) answers()
        }, this.latencyMs)
      })
    })
    // clients close idle connections; were it the server, a request could meet a closing one and be lost
    this.#server.keepAliveTimeout = 0
  }

  static async listen(): Promise<LocalSqs> {
    const made = new LocalSqs()
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/000000000000/lane.fifo`
  }

  client(): SQSClient {
    return LocalSqs.clientOf(new URL(this.url).origin)
  }

  static clientOf(endpoint: string): SQSClient {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    return new SQSClient({ region: 'us-east-1', endpoint, credentials })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #take(entries: readonly Entry[]): object {
    const refused = entries.filter(this.refuses)
    for (const entry of entries.filter((one) => !refused.includes(one))) {
      const { MessageGroupId: group, MessageDeduplicationId: id, MessageBody: body } = entry
      if (this.#seen.has(id)) continue
      this.#seen.add(id)
      this.taken.push({ group, id, body })
    }
    return {
      Successful: entries
        .filter((entry) => !refused.includes(entry))
        .map(({ Id, MessageBody }) => ({
          Id,
          MessageId: Id,
          MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
        })),
      Failed: refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
    }
  }
}
