/** One page for an operator: are lanes running, what do they trade, what is broken. */
import { Duration, Stack } from 'aws-cdk-lib'
import { Dashboard, GraphWidget, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { DeploymentNames, Stage } from '../../lib/deployment/names.ts'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import { METRICS, METRIC_NAMESPACE } from '../../lib/domain/metric-names.ts'
import type { WorkQueue } from './work-queue.ts'

export interface OperatorDashboardProps {
  readonly names: DeploymentNames
  readonly stage: Stage
  readonly functions: ReadonlyMap<FunctionName, IFunction>
  readonly queues: readonly WorkQueue[]
}

export class OperatorDashboard extends Construct {
  constructor(scope: Construct, id: string, { names, stage, functions, queues }: OperatorDashboardProps) {
    super(scope, id)
    const lane = (metricName: string, statistic = 'Sum'): Metric =>
      new Metric({
        namespace: METRIC_NAMESPACE,
        metricName,
        dimensionsMap: { service: 'lane', stage },
        statistic,
        period: Duration.minutes(1),
      })
    const all = [...functions.values()]

    new Dashboard(this, 'Dashboard', {
      // an account's dashboards are of all its regions (CloudWatch, "PutDashboard")
      dashboardName: `${names.stack}-${Stack.of(this).region}`,
      widgets: [
        [
          graph('Cycles', [
            lane(METRICS.laneCycles),
            lane(METRICS.laneCycleFailures),
            lane(METRICS.laneHalts),
          ]),
          graph('Seconds from tick to cycle', [lane(METRICS.laneCycleAge, 'Maximum')]),
          graph('Orders', [
            lane(METRICS.ordersSubmitted),
            lane(METRICS.ordersDenied),
            lane(METRICS.ordersRejected),
            lane(METRICS.killSwitchBlocks),
          ]),
        ],
        [
          graph('Function errors', [
            ...all.map((fn) => fn.metricErrors()),
            ...all.map((fn) => fn.metricThrottles()),
          ]),
          graph(
            'Function duration',
            all.map((fn) => fn.metricDuration({ statistic: 'p99' })),
          ),
          graph('Oldest message and dead letters', [
            ...queues.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage()),
            ...queues.map(({ deadLetterQueue }) =>
              deadLetterQueue.metricApproximateNumberOfMessagesVisible(),
            ),
          ]),
        ],
      ],
    })
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8 })
}
