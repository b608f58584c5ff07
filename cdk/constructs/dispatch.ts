/**
 * The dispatcher with its schedule (docs/architecture.md#dispatch).
 *
 * Invariants: the schedule sends no input of its own, so the event carries the schedule's `time`; a tick that
 * could not be delivered or failed is not repeated, the next one makes up for it; what the schedule wakes at all hours
 * is the dispatcher, which runs lanes in the trading window alone.
 */
import { Duration } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { ScheduleConfiguration } from '../configuration.ts'
import type { Flags } from './flags.ts'
import { grant } from './grant.ts'
import { addSchedule } from './schedule.ts'
import type { Tables } from './tables.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'
import type { FunctionDefaults } from './torghut-function.ts'
import type { WorkQueue } from './work-queue.ts'

export interface DispatchProps {
  readonly defaults: FunctionDefaults
  readonly schedule: ScheduleConfiguration
  readonly tables: Tables
  readonly flags: Flags
  readonly laneQueue: WorkQueue
  /** Whether lanes are also ticked after signals. */
  readonly afterSignals: boolean
  /** Wins over everything set here. */
  readonly overrides?: Partial<NodejsFunctionProps>
}

export class Dispatch extends Construct {
  readonly function: NodejsFunction
  readonly scheduleGroup: ScheduleGroup

  constructor(scope: Construct, id: string, props: DispatchProps) {
    super(scope, id)
    const { defaults, tables, flags, laneQueue, overrides } = props
    this.function = new TorghutFunction(this, 'Function', {
      defaults,
      name: 'dispatch',
      timeout: TIMEOUTS.dispatch,
      environment: {
        STATE_TABLE_NAME: tables.state.tableName,
        LANE_QUEUE_URL: laneQueue.queue.queueUrl,
        FLAGS_PATH: flags.path,
        TORGHUT_TRADING_WINDOW: props.schedule.tradingWindow,
        TORGHUT_TIME_ZONE: props.schedule.timeZone,
      },
      overrides: { retryAttempts: 0, maxEventAge: Duration.minutes(1), ...overrides },
    }).function
    tables.grantDispatch(this.function)
    if (props.afterSignals) tables.grantNoteWaitingTicks(this.function)
    flags.grantRead(this.function)
    laneQueue.grantSend(this.function)

    const { expression, timeZone, enabled } = props.schedule
    this.scheduleGroup = addSchedule(this, {
      name: defaults.names.schedule,
      target: this.function,
      invokes: 'the dispatcher',
      description: 'One tick of every enabled lane',
      expression,
      timeZone,
      enabled,
    })
  }

  /** To whom appends signals and asks for a tick after them. */
  grantAsk(grantee: IGrantable): void {
    grant(grantee, ['lambda:InvokeFunction'], [this.function.functionArn])
  }
}
