/**
 * A FIFO queue with its dead-letter queue: encrypted, TLS only, explicit deduplication ids.
 *
 * Invariants: a message that a function lost (killed, not failed: failures are recorded and acknowledged) comes
 * back after `visibilityTimeout`; one that killed its function `MAXIMUM_RECEIVES` times moves to the dead-letter
 * queue, so that it never blocks its group for good.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { IQueue, QueueProps } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import type { QueueName } from '../../lib/domain/deployment-parts.ts'

const MAXIMUM_RECEIVES = 3
/** A killed function's message is hidden this much longer than the function can have run. */
const VISIBILITY_MARGIN = Duration.seconds(10)

export interface WorkQueueProps {
  readonly names: DeploymentNames
  readonly name: QueueName
  /** Of the function that reads the queue. */
  readonly functionTimeout: Duration
  /** Wins over everything set here, for the queue itself. */
  readonly overrides?: Partial<QueueProps>
}

export class WorkQueue extends Construct {
  readonly name: QueueName
  readonly queue: Queue
  readonly deadLetterQueue: Queue

  constructor(scope: Construct, id: string, { names, name, functionTimeout, overrides }: WorkQueueProps) {
    super(scope, id)
    this.name = name
    const common = {
      fifo: true,
      contentBasedDeduplication: false,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
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
      visibilityTimeout: functionTimeout.plus(VISIBILITY_MARGIN),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAXIMUM_RECEIVES },
      ...overrides,
    })
  }

  /** Each of the two queues names the other; by its ARN, since CloudFormation allows no circle. */
  private byName(queueName: string): IQueue {
    const arn = Stack.of(this).formatArn({ service: 'sqs', resource: queueName })
    return Queue.fromQueueArn(this, 'Source', arn)
  }

  grantSend(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    }).assertSuccess()
  }
}
