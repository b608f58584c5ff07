/**
 * The lane and its queue (docs/architecture.md#lane): one group per account, one message at a time.
 *
 * Invariants: the lane can neither send messages nor write parameters; no more lanes run at once than
 * `maximumConcurrency`, so that they cannot use up the account's concurrency.
 */
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import { accountEnvironment, type AccountFunctionProps } from './account-environment.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'
import { TICKS, WorkQueue } from './work-queue.ts'

export interface LaneProps extends AccountFunctionProps {
  readonly maximumConcurrency: number
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class Lane extends Construct {
  readonly queue: WorkQueue
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, props: LaneProps) {
    super(scope, id)
    const { defaults, tables, flags, credentials, maximumConcurrency, overrides } = props
    this.queue = new WorkQueue(this, 'Queue', {
      names: defaults.names,
      name: 'lane',
      functionTimeout: TIMEOUTS.lane,
      patience: TICKS,
    })
    this.function = new TorghutFunction(this, 'Function', {
      defaults,
      name: 'lane',
      timeout: TIMEOUTS.lane,
      environment: accountEnvironment(props),
      overrides: { memorySize: 1024, ...overrides },
    }).function
    this.function.addEventSource(
      new SqsEventSource(this.queue.queue, { batchSize: 1, maxConcurrency: maximumConcurrency }),
    )
    tables.grantReadWriteState(this.function)
    tables.grantReadSignals(this.function)
    flags.grantReadNamed(this.function)
    credentials.grantRead(this.function)
  }
}
