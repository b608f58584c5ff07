/** Everything of one stage. Wiring only: each capability is a construct of its own. */
import { Aspects, CfnOutput, Stack, Tags } from 'aws-cdk-lib'
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
import { Digest } from './constructs/digest.ts'
import { Dispatch } from './constructs/dispatch.ts'
import { Flags } from './constructs/flags.ts'
import { Forwarder } from './constructs/forwarder.ts'
import { Ingest } from './constructs/ingest.ts'
import { KafkaFeed } from './constructs/kafka-feed.ts'
import { Lane } from './constructs/lane.ts'
import { addMarketDataAlarms } from './constructs/market-data-alarms.ts'
import { MarketData } from './constructs/market-data.ts'
import { OrderFeed } from './constructs/order-feed.ts'
import { Tables } from './constructs/tables.ts'
import type { FunctionDefaults } from './constructs/torghut-function.ts'
import { RemovalPolicies } from './removal-policies.ts'

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
      terminationProtection: stage !== THROW_AWAY_STAGE,
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
    const flags = new Flags(this, 'Flags', { names })
    const credentials = new Credentials(this, 'Credentials', {
      names,
      keyArn: configuration.credentialsKeyArn,
    })
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
      afterSignals: configuration.tickOnSignal || configuration.marketDataAccount !== null,
    })
    const asked = configuration.tickOnSignal ? dispatch : null
    const ingest = new Ingest(this, 'Ingest', { defaults, tables, dispatch: asked })
    const orderFeed = new OrderFeed(this, 'OrderFeed', {
      defaults,
      tables,
      flags,
      second: configuration.orderFeedV2,
    })
    if (configuration.kafka !== null) {
      new KafkaFeed(orderFeed, 'Kafka', { names, function: orderFeed.function, kafka: configuration.kafka })
    }

    if (configuration.forwarder !== null) {
      new Forwarder(this, 'Forwarder', {
        defaults,
        forwarder: configuration.forwarder,
        tables,
        flags,
        credentials,
        lane: lane.function,
        ...(configuration.forwarder.kafkaBrokers === null
          ? { queue: orderFeed.queues[1]?.queue, kafka: null }
          : { queue: undefined, kafka: configuration.kafka }),
      })
    }

    const functions = new Map<FunctionName, IFunction>([
      ['dispatch', dispatch.function],
      ['lane', lane.function],
      ['ingest', ingest.function],
      ['order-feed', orderFeed.function],
    ])
    const inputQueues = [ingest.queue, ...orderFeed.queues]
    const queues = [lane.queue, ...inputQueues]
    const alarms = new Alarms(this, 'Alarms', {
      names,
      stage,
      schedule,
      functions,
      laneQueue: lane.queue,
      inputQueues,
      email: configuration.alarmEmail,
      noSignalsMinutes: configuration.noSignalsMinutes,
    })
    if (configuration.digestHours > 0) {
      const digest = new Digest(this, 'Digest', {
        defaults,
        topic: alarms.topic,
        hours: configuration.digestHours,
        tellers: [lane.function, orderFeed.function],
      })
      functions.set('digest', digest.function)
      alarms.watch('digest', digest.function)
    }
    if (configuration.marketDataAccount !== null) {
      const account = configuration.marketDataAccount
      const parts = { defaults, tables, flags, credentials, dispatch }
      const marketData = new MarketData(this, 'MarketData', { ...parts, account })
      functions.set('market-data', marketData.function)
      addMarketDataAlarms(alarms, marketData.function)
    }
    new OperatorDashboard(this, 'Dashboard', { names, stage, functions, queues })

    this.outputs({
      StateTable: tables.state.tableName,
      SignalTable: tables.signals.tableName,
      // the names that producers know
      SignalQueueUrl: ingest.queue.queue.queueUrl,
      SignalQueueArn: ingest.queue.queue.queueArn,
      ...Object.fromEntries(
        orderFeed.queues.flatMap(({ queue }, index) => [
          [`OrderFeedV${index + 1}QueueUrl`, queue.queueUrl],
          [`OrderFeedV${index + 1}QueueArn`, queue.queueArn],
        ]),
      ),
      LaneQueueUrl: lane.queue.queue.queueUrl,
      LaneQueueArn: lane.queue.queue.queueArn,
      AlarmTopicArn: alarms.topic.topic.topicArn,
      KillSwitchParameter: names.killSwitchParameter,
      CredentialsKeyArn: credentials.key.keyArn,
    })
    // The kill switch carries none: its definition never changes (constructs/flags.ts).
    Tags.of(this).add('torghut:stage', stage, { excludeResourceTypes: ['AWS::SSM::Parameter'] })
    Aspects.of(this).add(new RemovalPolicies(keep, [alarms.topic.key]))
    acknowledgeFindings(this, acknowledgements(names, configuration))
  }

  private outputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value })
  }
}
