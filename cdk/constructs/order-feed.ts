/**
 * Trade updates in (docs/architecture.md#order-feed): a queue per topic, one group per account, applied in
 * order.
 */
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import type { Tables } from './tables.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'
import type { FunctionDefaults } from './torghut-function.ts'
import { INPUT, WorkQueue } from './work-queue.ts'

const MAXIMUM_CONCURRENCY = 10

export interface OrderFeedProps {
  readonly defaults: FunctionDefaults
  readonly tables: Tables
  readonly flags: Flags
  /** Whether the second topic has a queue. */
  readonly second: boolean
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class OrderFeed extends Construct {
  readonly queues: readonly WorkQueue[]
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, { defaults, tables, flags, second, overrides }: OrderFeedProps) {
    super(scope, id)
    const { names } = defaults
    const functionTimeout = TIMEOUTS['order-feed']
    const common = { names, functionTimeout, patience: INPUT }
    const v1 = new WorkQueue(this, 'QueueV1', { ...common, name: 'order-feed-v1' })
    const v2 = second ? new WorkQueue(this, 'QueueV2', { ...common, name: 'order-feed-v2' }) : null
    this.queues = v2 === null ? [v1] : [v1, v2]
    this.function = new TorghutFunction(this, 'Function', {
      defaults,
      name: 'order-feed',
      timeout: functionTimeout,
      environment: {
        STATE_TABLE_NAME: tables.state.tableName,
        FLAGS_PATH: flags.path,
        ORDER_FEED_QUEUE_ARN: v1.queue.queueArn,
        TORGHUT_RETENTION_DAYS: String(defaults.retentionDays),
      },
      ...(overrides === undefined ? {} : { overrides }),
    }).function
    for (const { queue } of this.queues) {
      this.function.addEventSource(
        new SqsEventSource(queue, {
          batchSize: 10,
          maxConcurrency: MAXIMUM_CONCURRENCY,
          reportBatchItemFailures: true,
        }),
      )
    }
    tables.grantReadWriteState(this.function)
    flags.grantReadNamed(this.function)
  }
}
