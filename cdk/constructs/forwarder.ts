/**
 * The forwarder on Fargate (docs/forwarder.md#on-fargate): for each account a service of two tasks, one of which forwards
 * while the other waits. Only where it was asked for.
 *
 * Invariants: nobody connects to it: its security group takes nothing in; what goes out goes to HTTPS and to the brokers.
 */
import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { CfnCluster } from 'aws-cdk-lib/aws-ecs'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { ForwarderConfiguration } from '../forwarder-configuration.ts'
import { ForwarderService, type ForwarderServiceProps } from './forwarder-service.ts'

export type ForwarderProps = Omit<ForwarderServiceProps, 'account' | 'cluster' | 'securityGroup' | 'log'>

const HTTPS = 443

export class Forwarder extends Construct {
  constructor(scope: Construct, id: string, props: ForwarderProps) {
    super(scope, id)
    const { names, logRetention } = props.defaults
    const { accounts, vpcId } = props.forwarder
    const cluster = new CfnCluster(this, 'Cluster', { clusterName: names.forwarder })
    const securityGroup = new CfnSecurityGroup(this, 'Network', {
      groupDescription: `${names.forwarder}: out to AWS, brokers and nothing in`,
      vpcId,
      securityGroupEgress: ports(props.forwarder).map((port) => ({
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        cidrIp: '0.0.0.0/0',
        description: port === HTTPS ? 'AWS and the broker of the account' : 'Kafka',
      })),
    })
    const log = new LogGroup(this, 'Log', { logGroupName: names.forwarderLogGroup, retention: logRetention })
    for (const account of accounts) {
      new ForwarderService(this, `Account-${account}`, { ...props, account, cluster, securityGroup, log })
    }
  }
}

/** Where it connects to. */
function ports({ kafkaBrokers }: ForwarderConfiguration): readonly number[] {
  const brokers = (kafkaBrokers ?? []).map((broker) => Number(broker.split(':')[1]))
  return [...new Set([HTTPS, ...brokers])]
}
