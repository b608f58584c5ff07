/**
 * Trade updates from Kafka topics, beside the queues (docs/accounts.md#updates-from-kafka). Only where it was asked for.
 *
 * Invariants: a record that fails is repeated where it stands, for as long as the topic keeps it, and is never skipped;
 * partial answers need provisioned pollers (docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html); a
 * consumer group named after the stage goes on where it was when the stage is deployed again.
 */
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import type { KafkaConfiguration } from '../kafka-configuration.ts'
import { grant } from './grant.ts'
import { grantKafkaSecret } from './kafka-secret.ts'

export interface KafkaFeedProps {
  readonly names: DeploymentNames
  readonly function: NodejsFunction
  readonly kafka: KafkaConfiguration
}

const BATCH_SIZE = 100
const POLLERS = { minimumPollers: 1, maximumPollers: 2 }
/** What Lambda asks for by the function's role to reach a cluster (docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html). */
const CLUSTER_ACTIONS = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']
/** In the cluster's network; these know no resources. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
]

export class KafkaFeed extends Construct {
  constructor(scope: Construct, id: string, { names, function: consumer, kafka }: KafkaFeedProps) {
    super(scope, id)
    const { cluster, secretArn, topics } = kafka
    grantKafkaSecret(this, consumer, kafka)
    if (cluster.kind === 'msk') {
      grant(consumer, CLUSTER_ACTIONS, [cluster.arn])
      grant(consumer, NETWORK_ACTIONS, ['*'])
    }
    for (const topic of topics) {
      const group = { consumerGroupId: `${names.stack}-${topic}` }
      const mapping = new CfnEventSourceMapping(this, `Topic-${topic}`, {
        functionName: consumer.functionArn,
        topics: [topic],
        startingPosition: 'TRIM_HORIZON',
        batchSize: BATCH_SIZE,
        provisionedPollerConfig: POLLERS,
        functionResponseTypes: ['ReportBatchItemFailures'],
        sourceAccessConfigurations: [{ type: 'SASL_SCRAM_512_AUTH', uri: secretArn }],
        ...(cluster.kind === 'msk'
          ? { eventSourceArn: cluster.arn, amazonManagedKafkaEventSourceConfig: group }
          : {
              selfManagedEventSource: { endpoints: { kafkaBootstrapServers: [...cluster.servers] } },
              selfManagedKafkaEventSourceConfig: group,
            }),
      })
      // a mapping whose role may not read its cluster yet is refused
      mapping.node.addDependency(consumer.role ?? consumer)
    }
  }
}
