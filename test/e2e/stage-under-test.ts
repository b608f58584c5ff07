/** What the walk sees of a deployed stage: its stores, its dispatcher, its order feed, its exchange. */
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda'
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SSMClient } from '@aws-sdk/client-ssm'
import { openFeatureServices } from '../../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../lib/adapters/openfeature/parameter-provider.ts'
import { SqsFifoQueue } from '../../lib/adapters/sqs/fifo-queue.ts'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'
import { machinePauses } from '../../lib/adapters/ssm/retry.ts'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { dispatchTick, type DispatchSummary } from '../../lib/lanes/dispatch.ts'
import { tickQueue } from '../../lib/lanes/tick-queue.ts'
import type { Queue } from '../../lib/ports/queue.ts'
import { feedMessage } from '../../lib/exchange/wire-order.ts'
import { systemClock as clock } from '../../lib/adapters/system/system-clock.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { silentTelemetry } from '../support/telemetry.ts'
import { TestExchange } from '../support/paper-exchange-fixture.ts'
import type { Deployment } from './deploy.ts'
import type { Emulator } from './emulator.ts'
import { eventually } from './poll.ts'

const SOURCE = 'ta'

export class StageUnderTest {
  readonly stores: StateStores
  readonly exchange: TestExchange
  readonly #deployment: Deployment
  readonly #lambda: LambdaClient
  readonly #sqs: SQSClient
  readonly #ssm: SSMClient
  #ticks = 0
  #updates = 0

  private constructor(emulator: Emulator, deployment: Deployment, exchange: TestExchange) {
    const { names } = deployment
    const tables = { state: names.stateTable, signals: names.signalTable }
    this.stores = dynamoStores(new DynamoDBClient(emulator.client), tables, clock, null)
    this.exchange = exchange
    this.#deployment = deployment
    this.#lambda = new LambdaClient(emulator.client)
    this.#sqs = new SQSClient(emulator.client)
    this.#ssm = new SSMClient({ ...emulator.client, maxAttempts: 1 })
  }

  static async open(
    emulator: Emulator,
    deployment: Deployment,
    accounts: readonly AccountLabel[],
  ): Promise<StageUnderTest> {
    const exchange = await TestExchange.open({
      accounts: accounts.map((label) => ({ label, ...keyOf(label), cash: decimal('1000000') })),
      prices: { AAPL: decimal('125') },
      alwaysOpen: true,
      clock,
    })
    return new StageUnderTest(emulator, deployment, exchange)
  }

  /**
   * Dispatches the present minute by the library's own code, under deduplication ids of its own: the queue would drop a
   * second tick of the same minute, and the walk has no minutes to wait for. The deployed dispatcher ticks meanwhile.
   */
  async tick(): Promise<DispatchSummary> {
    this.#ticks += 1
    const access = { kept: this.#ssm, fresh: this.#ssm, clock, ...machinePauses }
    const flags = new ParameterFlagSource(access, this.#deployment.names.flagsPath)
    return dispatchTick(clock.now(), {
      environment: {},
      flags,
      features: openFeatureServices('walk', new ParameterProvider(flags, 0)),
      roster: this.stores.roster,
      catalog: this.stores.catalog,
      executions: this.stores.executions,
      unmatched: this.stores.unmatchedOrders,
      queue: tickQueue(numbered(new SqsFifoQueue(this.#sqs, await this.#laneQueueUrl()), this.#ticks)),
      telemetry: silentTelemetry,
    })
  }

  /** Waits until no tick is under way, since one carries the flags that it was made under, and plans what it finds. */
  async quiet(): Promise<void> {
    const QueueUrl = await this.#laneQueueUrl()
    const command = new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    })
    await eventually('no tick under way', 120, async () => {
      const { Attributes = {} } = await this.#sqs.send(command)
      return Object.values(Attributes).every((count) => count === '0') ? true : null
    })
  }

  async #laneQueueUrl(): Promise<string> {
    const command = new GetQueueUrlCommand({ QueueName: this.#deployment.names.queue('lane') })
    const { QueueUrl: url } = await this.#sqs.send(command)
    if (url === undefined) throw new Error('there is no lane queue')
    return url
  }

  /**
   * The emulator takes one batch at a time for each event source mapping, whatever groups wait: with further ones on the
   * lane queue as many lanes run at once, as on AWS. Gives what takes them away again.
   */
  async runLanesAtOnce(more: number): Promise<() => Promise<void>> {
    const { names } = this.#deployment
    const FunctionName = names.function('lane')
    const list = new ListEventSourceMappingsCommand({ FunctionName })
    const { EventSourceMappings: [first] = [] } = await this.#lambda.send(list)
    const made: string[] = []
    for (let count = 0; count < more; count += 1) {
      const command = new CreateEventSourceMappingCommand({
        FunctionName,
        EventSourceArn: first?.EventSourceArn,
        BatchSize: 1,
      })
      const { UUID = '' } = await this.#lambda.send(command)
      made.push(UUID)
    }
    return async () => {
      for (const UUID of made) await this.#lambda.send(new DeleteEventSourceMappingCommand({ UUID }))
    }
  }

  /** Invokes the lane function with one message, as its queue would; the outcomes that it returns. */
  async invokeLane(body: string): Promise<unknown> {
    const answer = await this.#lambda.send(
      new InvokeCommand({
        FunctionName: this.#deployment.names.function('lane'),
        Payload: JSON.stringify({ Records: [{ body, attributes: { ApproximateReceiveCount: '1' } }] }),
      }),
    )
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString())
  }

  /** Waits until the log holds so many signals. */
  ingested(count: number): Promise<number> {
    return eventually(`${count} signals in the log`, 30, async () => {
      const end = await this.stores.signals.end(SOURCE)
      return end >= count ? end : null
    })
  }

  lane(account: AccountLabel) {
    return this.stores.lanes.readLane(account, SOURCE)
  }

  /** Waits until the account's lane has dealt with every signal: a lane without requests left waits a minute. */
  caughtUp(account: AccountLabel, seconds = 150): Promise<number> {
    return eventually(`${account} at the end of the log`, seconds, async () => {
      const [lane, end] = await Promise.all([this.lane(account), this.stores.signals.end(SOURCE)])
      return lane !== null && lane.cursor === end ? lane.cursor : null
    })
  }

  async executions(account: AccountLabel): Promise<readonly Execution[]> {
    const all: Execution[] = []
    for await (const execution of this.stores.executions.listExecutions(account)) all.push(execution)
    return all
  }

  /** Fills what is open at the exchange and sends its trade updates to the order feed's queue. */
  async fill(): Promise<number> {
    this.exchange.fillPending()
    const updates = this.exchange.tradeUpdatesAfter(this.#updates)
    const { QueueUrl } = await this.#sqs.send(
      new GetQueueUrlCommand({ QueueName: this.#deployment.names.queue('order-feed-v1') }),
    )
    for (const update of updates) {
      await this.#sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageGroupId: update.account,
          MessageDeduplicationId: `update-${update.sequence}`,
          MessageBody: feedMessage(update, 'v2'),
        }),
      )
      this.#updates = update.sequence
    }
    return updates.length
  }
}

export function keyOf(label: AccountLabel): { readonly keyId: string; readonly secret: string } {
  return { keyId: `key-of-${label}`, secret: `secret-of-${label}` }
}

/** Each tick's messages under ids of their own. */
function numbered(queue: Queue, tick: number): Queue {
  return {
    send: (messages) =>
      queue.send(
        messages.map((message) => ({
          ...message,
          deduplicationId: `${message.deduplicationId}#walk-${tick}`,
        })),
      ),
  }
}
