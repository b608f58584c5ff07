/**
 * A schedule that invokes one function, in a group of its own, by a role that can do nothing else.
 *
 * Invariants: it sends no input of its own, so the event carries the schedule's `time`; it does not repeat an
 * invocation that was not accepted.
 */
import { Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnSchedule, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'
import { grant } from './grant.ts'

export interface ScheduleProps {
  /** Of the schedule and of its group. */
  readonly name: string
  readonly target: IFunction
  /** What the target is, for the role's description. */
  readonly invokes: string
  readonly description: string
  readonly expression: string
  readonly timeZone: string
  readonly enabled: boolean
}

/** @param scope where it stands: its place is part of its logical ids, which must not change */
export function addSchedule(scope: Construct, props: ScheduleProps): ScheduleGroup {
  const { name, target, invokes, description, expression, timeZone, enabled } = props
  const group = new ScheduleGroup(scope, 'ScheduleGroup', { scheduleGroupName: name })
  const role = new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // a schedule's group, never the schedule itself (EventBridge Scheduler, "Confused deputy prevention")
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        ArnEquals: { 'aws:SourceArn': groupArn(scope, name) },
      },
    }),
    description: `${name}: invokes ${invokes}`,
  })
  const { functionArn } = target
  const permission = grant(role, ['lambda:InvokeFunction'], [functionArn])
  const schedule = new CfnSchedule(scope, 'Schedule', {
    name,
    groupName: group.scheduleGroupName,
    description,
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
  schedule.node.addDependency(group)
  return group
}

/** By its name: the schedule's role must be there before the schedule, and asks for nothing of the group. */
function groupArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: name })
}
