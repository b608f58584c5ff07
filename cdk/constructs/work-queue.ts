/**
 * A FIFO queue with its dead-letter queue: encrypted, TLS only, explicit deduplication ids.
 *
 * Invariants: a message that a function lost (killed, or throttled before it ran) comes back after the visibility
 * timeout; one that was received as often as its patience says moves to the dead-letter queue, so that it never
 * blocks its group for good.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { IQueue, QueueProps } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import type { QueueName } from '../../lib/domain/deployment-parts.ts'
import { grant } from './grant.ts'

/** How long a queue holds on to a message that is not dealt with. */
export interface Patience {
  /** For how long a received message is hidden, given its function's timeout. */
  readonly visibility: (functionTimeout: Duration) => Duration
  readonly maximumReceives: number
}

/**
 * A tick is a hint that the next one replaces: a killed one comes back as soon as its function cannot be running
 * any more, and three times are enough to tell that it kills.
 */
export const TICKS: Patience = {
  visibility: (functionTimeout) => functionTimeout.plus(Duration.seconds(10)),
  maximumReceives: 3,
}

/**
 * Signals and trade updates come once and must outlast a bad hour. Six times the function's timeout leaves room for
 * throttled invocations (Lambda, "Creating and configuring an Amazon SQS event source mapping"), and twenty of them
 * are an hour even if no invocation lives to hand a message back early, as `functions/wiring/consume-fifo.ts` does.
 */
export const INPUT: Patience = {
  visibility: (functionTimeout) => Duration.seconds(6 * functionTimeout.toSeconds()),
  maximumReceives: 20,
}

export interface WorkQueueProps {
  readonly names: DeploymentNames
  readonly name: QueueName
  /** Of the function that reads the queue. */
  readonly functionTimeout: Duration
  readonly patience: Patience
  /** Wins over everything set here, for the queue itself. */
  readonly overrides?: Partial<QueueProps>
}

export class WorkQueue extends Construct {
  readonly name: QueueName
  readonly queue: Queue
  readonly deadLetterQueue: Queue

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id)
    const { names, name, functionTimeout, patience, overrides } = props
    this.name = name
    const common = {
      fifo: true,
      contentBasedDeduplication: false,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    } as const
    this.deadLetterQueue = new Queue(this, 'DeadLetter', {
      ...common,
      queueName: names.deadLetterQueue(name),
      retentionPeriod: Duration.days(14),
      redriveAllowPolicy: { sourceQueues: [this.byName(names.queue(name))] },
    })
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: names.queue(name),
      visibilityTimeout: patience.visibility(functionTimeout),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: patience.maximumReceives },
      ...overrides,
    })
  }

  /** Each of the two queues names the other; by its ARN, since CloudFormation allows no circle. */
  private byName(queueName: string): IQueue {
    const arn = Stack.of(this).formatArn({ service: 'sqs', resource: queueName })
    return Queue.fromQueueArn(this, 'Source', arn)
  }

  grantSend(grantee: IGrantable): void {
    grant(grantee, ['sqs:SendMessage'], [this.queue.queueArn])
  }
}
