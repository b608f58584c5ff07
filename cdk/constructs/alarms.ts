/**
 * Alarms, all to one encrypted topic with an optional e-mail subscription.
 *
 * Every alarm watches a single metric and treats missing data as good: nothing runs at night. That a lane has
 * had no cycle is seen in its queue, since an idle cycle writes nothing: the tick of an enabled lane waits there
 * until the lane takes it, whatever holds it up. A cycle that ran and failed is counted by its own metric.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { DeploymentNames, Stage } from '../../lib/deployment/names.ts'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import { METRICS, METRIC_NAMESPACE } from '../../lib/domain/metric-names.ts'
import type { WorkQueue } from './work-queue.ts'

/** An enabled lane without a cycle for this long is an alarm. */
const LANE_STALLED_AFTER = Duration.minutes(3)
/** Failed cycles in five minutes: more than a passing fault. */
const FAILED_CYCLES = 3
const MINUTE = Duration.minutes(1)

export interface AlarmsProps {
  readonly names: DeploymentNames
  readonly stage: Stage
  readonly functions: ReadonlyMap<FunctionName, IFunction>
  readonly laneQueue: WorkQueue
  /** Every queue, the lanes' included. */
  readonly queues: readonly WorkQueue[]
  readonly scheduleGroupName: string
  readonly email: string | null
}

interface AlarmDefinition {
  readonly metric: IMetric
  readonly threshold: number
  readonly description: string
}

export class Alarms extends Construct {
  readonly topic: Topic
  private readonly names: DeploymentNames

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.names = props.names
    this.topic = this.encryptedTopic(props.names)
    if (props.email !== null) this.topic.addSubscription(new EmailSubscription(props.email))

    this.laneAlarms(props)
    this.tickAlarms(props)
    for (const [name, fn] of props.functions) this.functionAlarms(name, fn)
    for (const queue of props.queues) {
      this.alarm(`${queue.name}-dead-letters`, {
        metric: queue.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
          statistic: 'Maximum',
          period: MINUTE,
        }),
        threshold: 1,
        description: `Messages of the ${queue.name} queue were given up. torghut dlq list, then dlq redrive.`,
      })
    }
  }

  private laneAlarms({ stage, laneQueue }: AlarmsProps): void {
    this.alarm('lane-stalled', {
      metric: laneQueue.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: MINUTE }),
      threshold: LANE_STALLED_AFTER.toSeconds(),
      description:
        'An enabled lane has had no cycle for some minutes. torghut status, then torghut logs --function lane.',
    })
    this.alarm('lane-cycles-failing', {
      metric: ownMetric('lane', METRICS.laneCycleFailures, stage, Duration.minutes(5)),
      threshold: FAILED_CYCLES,
      description: 'Cycles fail again and again. torghut status, then torghut logs --function lane.',
    })
    this.alarm('lane-out-of-time', {
      metric: ownMetric('lane', METRICS.laneStalls, stage, MINUTE),
      threshold: 1,
      description:
        'A lane ran out of time twice in one sealed plan. torghut status, then torghut logs --function lane.',
    })
    this.alarm('lane-halted', {
      metric: ownMetric('lane', METRICS.laneHalts, stage, MINUTE),
      threshold: 1,
      description:
        'A lane halted: a plan of an unknown schema, or an order unlike its decision. Needs an operator.',
    })
  }

  private tickAlarms({ stage, scheduleGroupName }: AlarmsProps): void {
    this.alarm('schedule-failing', {
      metric: new Metric({
        namespace: 'AWS/Scheduler',
        metricName: 'TargetErrorCount',
        dimensionsMap: { ScheduleGroup: scheduleGroupName },
        statistic: 'Sum',
        period: MINUTE,
      }),
      threshold: 1,
      description: 'The schedule could not invoke the dispatcher: lanes get no ticks.',
    })
    this.alarm('dispatch-failing', {
      metric: ownMetric('dispatch', METRICS.dispatchFailures, stage, MINUTE),
      threshold: 1,
      description: 'Ticks did not reach the lane queue. torghut logs --function dispatch.',
    })
  }

  private functionAlarms(name: FunctionName, fn: IFunction): void {
    this.alarm(`${name}-errors`, {
      metric: fn.metricErrors({ period: MINUTE }),
      threshold: 1,
      description: `The function ${name} failed or was killed. torghut logs --function ${name}.`,
    })
    this.alarm(`${name}-throttles`, {
      metric: fn.metricThrottles({ period: MINUTE }),
      threshold: 1,
      description: `The function ${name} was throttled: the account's concurrency is used up.`,
    })
  }

  private alarm(name: string, { metric, threshold, description }: AlarmDefinition): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.names.stack}-${name}`,
      alarmDescription: description,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    const action = new SnsAction(this.topic)
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
  }

  /** CloudWatch cannot publish to a topic under the AWS managed key, so the topic has a key of its own. */
  private encryptedTopic(names: DeploymentNames): Topic {
    const key = new Key(this, 'TopicKey', {
      description: `Alarms of ${names.stack}`,
      enableKeyRotation: true,
    })
    key.grantEncryptDecrypt(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    return new Topic(this, 'Topic', { topicName: names.alarmTopic, masterKey: key, enforceSSL: true })
  }
}

function ownMetric(service: FunctionName, metricName: string, stage: Stage, period: Duration): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service, stage },
    statistic: 'Sum',
    period,
  })
}
