/** Everything of one stage. Wiring only: each capability is a construct of its own. */
import { CfnOutput, Stack } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { deploymentNames } from '../lib/deployment/names.ts'
import type { FunctionName } from '../lib/domain/deployment-parts.ts'
import { acknowledgeFindings, acknowledgements } from './acknowledgements.ts'
import type { DeploymentConfiguration } from './configuration.ts'
import { Alarms } from './constructs/alarms.ts'
import { Credentials } from './constructs/credentials.ts'
import { OperatorDashboard } from './constructs/dashboard.ts'
import { Dispatch } from './constructs/dispatch.ts'
import { Flags } from './constructs/flags.ts'
import { Ingest } from './constructs/ingest.ts'
import { Lane } from './constructs/lane.ts'
import { OrderFeed } from './constructs/order-feed.ts'
import { Tables } from './constructs/tables.ts'
import type { FunctionDefaults } from './constructs/torghut-function.ts'

export interface TorghutStackProps {
  readonly configuration: DeploymentConfiguration
  readonly codeVersion: string
  /** The folder of `cdk.json`. */
  readonly projectRoot: string
}

/** The one stage that may be thrown away with all its data. */
const THROW_AWAY_STAGE = 'dev'

export class TorghutStack extends Stack {
  constructor(scope: Construct, { configuration, codeVersion, projectRoot }: TorghutStackProps) {
    const { stage, region, account, schedule, logLevel, retentionDays } = configuration
    const names = deploymentNames(stage)
    super(scope, names.stack, {
      env: { region, ...(account === undefined ? {} : { account }) },
      description: `Torghut, stage ${stage}`,
    })
    const keep = stage !== THROW_AWAY_STAGE
    const logRetention = keep ? RetentionDays.THREE_MONTHS : RetentionDays.ONE_WEEK
    const defaults: FunctionDefaults = {
      names,
      stage,
      codeVersion,
      logLevel,
      logRetention,
      retentionDays,
      projectRoot,
    }

    const tables = new Tables(this, 'Tables', { names, keep })
    const flags = new Flags(this, 'Flags', { names, keep })
    const credentials = new Credentials(this, 'Credentials', { names, keep })
    const lane = new Lane(this, 'Lane', {
      defaults,
      tables,
      flags,
      credentials,
      maximumConcurrency: configuration.laneMaximumConcurrency,
    })
    const dispatch = new Dispatch(this, 'Dispatch', {
      defaults,
      schedule,
      tables,
      flags,
      laneQueue: lane.queue,
    })
    const ingest = new Ingest(this, 'Ingest', { defaults, tables })
    const orderFeed = new OrderFeed(this, 'OrderFeed', {
      defaults,
      tables,
      flags,
      second: configuration.orderFeedV2,
    })

    const functions = new Map<FunctionName, IFunction>([
      ['dispatch', dispatch.function],
      ['lane', lane.function],
      ['ingest', ingest.function],
      ['order-feed', orderFeed.function],
    ])
    const queues = [lane.queue, ingest.queue, ...orderFeed.queues]
    const alarms = new Alarms(this, 'Alarms', {
      names,
      stage,
      functions,
      laneQueue: lane.queue,
      queues,
      scheduleGroupName: names.schedule,
      email: configuration.alarmEmail,
    })
    new OperatorDashboard(this, 'Dashboard', { names, stage, functions, queues })

    new CfnOutput(this, 'StateTable', { value: tables.state.tableName })
    new CfnOutput(this, 'SignalTable', { value: tables.signals.tableName })
    new CfnOutput(this, 'SignalQueueUrl', { value: ingest.queue.queue.queueUrl })
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topic.topicArn })
    new CfnOutput(this, 'KillSwitchParameter', { value: names.killSwitchParameter })

    acknowledgeFindings(this, acknowledgements(names, configuration))
  }
}
