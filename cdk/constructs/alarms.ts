/**
 * Alarms, all to one encrypted topic with an optional e-mail subscription.
 *
 * Every alarm watches a single metric. Missing data counts as good, since little runs at night, but for the
 * heartbeat: a schedule that stops says nothing, and that nothing is the alarm. That a lane has had no cycle is seen
 * in its queue, since an idle cycle writes nothing: the tick of an enabled lane waits there until the lane takes it,
 * whatever holds it up. A cycle that ran and failed is counted by its own metric.
 */
import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { DeploymentNames, Stage } from '../../lib/deployment/names.ts'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import { METRICS, METRIC_NAMESPACE } from '../../lib/domain/metric-names.ts'
import type { CountedMetric } from '../../lib/domain/metric-names.ts'
import type { ScheduleConfiguration } from '../configuration.ts'
import { AlarmTopic } from './alarm-topic.ts'
import type { WorkQueue } from './work-queue.ts'

/** An enabled lane without a cycle for this long is an alarm. */
const LANE_STALLED_AFTER = Duration.minutes(3)
/** Signals and trade updates that wait for this long are late for trading. */
const INPUT_WAITS_AFTER = Duration.minutes(5)
/** Failed cycles in five minutes: more than a passing fault. */
const FAILED_CYCLES = 3
const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

export interface AlarmsProps {
  readonly names: DeploymentNames
  readonly stage: Stage
  readonly schedule: ScheduleConfiguration
  readonly functions: ReadonlyMap<FunctionName, IFunction>
  readonly laneQueue: WorkQueue
  /** Of signals and trade updates. */
  readonly inputQueues: readonly WorkQueue[]
  readonly email: string | null
  /** How long an open session may bring no signal; 0: for ever. */
  readonly noSignalsMinutes: number
}

interface AlarmDefinition {
  readonly metric: IMetric
  readonly threshold: number
  readonly description: string
  /** Alarm when the metric is below the threshold in so many periods on end, instead of at or above it in one. */
  readonly belowFor?: number
  /** What a period without data means; good, unless told otherwise. */
  readonly missing?: TreatMissingData
}

export class Alarms extends Construct {
  readonly topic: AlarmTopic
  private readonly names: DeploymentNames
  private readonly stage: Stage

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.names = props.names
    this.stage = props.stage
    this.topic = new AlarmTopic(this, 'Delivery', { names: props.names, email: props.email })

    this.laneAlarms(props)
    this.orderAlarms()
    this.tickAlarms(props)
    this.inputAlarms(props)
    for (const [name, fn] of props.functions) this.watch(name, fn)
    for (const queue of [props.laneQueue, ...props.inputQueues]) {
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

  private laneAlarms({ laneQueue }: AlarmsProps): void {
    this.alarm('lane-stalled', {
      metric: oldestMessage(laneQueue),
      threshold: LANE_STALLED_AFTER.toSeconds(),
      description:
        'An enabled lane has had no cycle for some minutes. torghut status, then torghut logs --function lane.',
    })
    this.alarm('lane-cycles-failing', {
      metric: this.sum('lane', METRICS.laneCycleFailures, FIVE_MINUTES),
      threshold: FAILED_CYCLES,
      description: 'Cycles fail again and again. torghut status, then torghut logs --function lane.',
    })
    this.alarm('lane-out-of-time', {
      metric: this.sum('lane', METRICS.laneStalls, MINUTE),
      threshold: 1,
      description:
        'A lane ran out of time twice in one sealed plan. torghut status, then torghut logs --function lane.',
    })
    this.alarm('lane-halted', {
      metric: this.sum('lane', METRICS.laneHalts, MINUTE),
      threshold: 1,
      description:
        'A lane halted: a plan of an unknown schema, or an order unlike its decision. Needs an operator.',
    })
    this.alarm('lane-ticks-dropped', {
      metric: this.sum('lane', METRICS.laneTicksDropped, FIVE_MINUTES),
      threshold: 1,
      description:
        'Ticks came too late to be of use: lanes are slow, throttled, or were stopped. torghut status.',
    })
  }

  private orderAlarms(): void {
    this.alarm('orders-rejected', {
      metric: this.sum('lane', METRICS.ordersRejected, FIVE_MINUTES),
      threshold: 1,
      description: 'The broker refused orders. torghut decisions, then torghut logs --function lane.',
    })
    this.alarm('orders-rejected-later', {
      metric: this.sum('order-feed', METRICS.ordersRejected, FIVE_MINUTES),
      threshold: 1,
      description:
        'The broker rejected orders that it had taken. torghut decisions, then logs --function order-feed.',
    })
    this.alarm('kill-switch-unreadable', {
      metric: this.sum('lane', METRICS.killSwitchUnreadable, FIVE_MINUTES),
      threshold: 1,
      description: 'The kill switch could not be read: orders are denied. torghut doctor.',
    })
  }

  private tickAlarms({ names, schedule }: AlarmsProps): void {
    this.alarm('schedule-failing', {
      metric: new Metric({
        namespace: 'AWS/Scheduler',
        metricName: 'TargetErrorCount',
        dimensionsMap: { ScheduleGroup: names.schedule },
        statistic: 'Sum',
        period: MINUTE,
      }),
      threshold: 1,
      description: 'The schedule could not invoke the dispatcher: lanes get no ticks.',
    })
    if (schedule.enabled) {
      this.alarm('schedule-stopped', {
        // twice the pause between ticks at least, so that no two ticks can fall around a whole period
        metric: this.sum(
          'dispatch',
          METRICS.dispatchTicks,
          schedule.everyMinutes > 2 ? Duration.minutes(10) : FIVE_MINUTES,
        ),
        threshold: 1,
        belowFor: 1,
        missing: TreatMissingData.BREACHING,
        description: 'No tick has reached the dispatcher for minutes: nothing runs. torghut doctor.',
      })
    }
    this.alarm('dispatch-failing', {
      metric: this.sum('dispatch', METRICS.dispatchFailures, MINUTE),
      threshold: 1,
      description: 'Ticks did not reach the lane queue. torghut logs --function dispatch.',
    })
    this.alarm('feature-flags-unreadable', {
      metric: this.sum('dispatch', METRICS.featureFlagsUnreadable, FIVE_MINUTES),
      threshold: 1,
      description:
        'The feature flag service cannot be read: further accounts get no cycles. torghut logs --function dispatch.',
    })
  }

  private inputAlarms({ inputQueues, noSignalsMinutes }: AlarmsProps): void {
    if (noSignalsMinutes > 0) {
      this.alarm('no-signals', {
        // the dispatcher counts a zero in each minute of an open session: without one there is no data, and no alarm
        metric: this.sum('ingest', METRICS.ingestedSignals, FIVE_MINUTES),
        threshold: 1,
        belowFor: noSignalsMinutes / FIVE_MINUTES.toMinutes(),
        description: `No signal in ${noSignalsMinutes} minutes of an open session. Look at the producer, then torghut logs --function ingest.`,
      })
    }
    this.alarm('ingest-quarantined', {
      metric: this.sum('ingest', METRICS.ingestQuarantined, FIVE_MINUTES),
      threshold: 1,
      description: 'Signals were quarantined. torghut logs --function ingest.',
    })
    this.alarm('order-feed-quarantined', {
      metric: this.sum('order-feed', METRICS.orderFeedQuarantined, FIVE_MINUTES),
      threshold: 1,
      description: 'Trade updates were quarantined. torghut logs --function order-feed.',
    })
    for (const queue of inputQueues) {
      this.alarm(`${queue.name}-waiting`, {
        metric: oldestMessage(queue),
        threshold: INPUT_WAITS_AFTER.toSeconds(),
        description: `Messages of the ${queue.name} queue wait: their function fails or is held up. torghut status.`,
      })
    }
  }

  /** Alarms on a function's errors and throttles. */
  watch(name: FunctionName, fn: IFunction): void {
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

  /** One alarm, told to the topic. */
  alarm(name: string, definition: AlarmDefinition): void {
    const { metric, threshold, description, belowFor, missing } = definition
    const alarm = new Alarm(this, name, {
      alarmName: `${this.names.stack}-${name}`,
      alarmDescription: description,
      metric,
      threshold,
      evaluationPeriods: belowFor ?? 1,
      comparisonOperator:
        belowFor === undefined
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    })
    const action = new SnsAction(this.topic.topic)
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
  }

  /** How often something was counted. */
  sum(service: FunctionName, metricName: CountedMetric, period: Duration): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service, stage: this.stage },
      statistic: 'Sum',
      period,
    })
  }
}

function oldestMessage({ queue }: WorkQueue): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: MINUTE })
}
