/**
 * The dispatcher with its schedule (docs/architecture.md#dispatch).
 *
 * Invariants: the schedule sends no input of its own, so the event carries the schedule's `time`; a tick that
 * could not be delivered or failed is not repeated, the next one makes up for it; what the schedule wakes at all hours
 * is the dispatcher, which runs lanes in the trading window alone.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { NodejsFunction, NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs'
import { CfnSchedule, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { ScheduleConfiguration } from '../configuration.ts'
import type { Flags } from './flags.ts'
import { grant } from './grant.ts'
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
    flags.grantRead(this.function)
    laneQueue.grantSend(this.function)

    this.scheduleGroup = new ScheduleGroup(this, 'ScheduleGroup', {
      scheduleGroupName: defaults.names.schedule,
    })
    this.addSchedule(defaults.names.schedule, props.schedule)
  }

  private addSchedule(name: string, { expression, timeZone, enabled }: ScheduleConfiguration): void {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // a schedule's group, never the schedule itself (EventBridge Scheduler, "Confused deputy prevention")
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.groupArn(name) },
        },
      }),
      description: `${name}: invokes the dispatcher`,
    })
    const { functionArn } = this.function
    const permission = grant(role, ['lambda:InvokeFunction'], [functionArn])
    const schedule = new CfnSchedule(this, 'Schedule', {
      name,
      groupName: this.scheduleGroup.scheduleGroupName,
      description: 'One tick of every enabled lane',
      scheduleExpression: expression,
      scheduleExpressionTimezone: timeZone,
      state: enabled ? 'ENABLED' : 'DISABLED',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
      },
    })
    permission.applyBefore(schedule)
    schedule.node.addDependency(this.scheduleGroup)
  }

  /** By its name: the schedule's role must be there before the schedule, and asks for nothing of the group. */
  private groupArn(name: string): string {
    return Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: name,
    })
  }
}
