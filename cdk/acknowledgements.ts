/**
 * Every finding of cdk-nag that stays, with its reason. A finding that is not listed here fails the synthesis,
 * and so does an entry that names nothing in the stack.
 */
import { Token, Validations } from 'aws-cdk-lib'
import type { Stack } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import type { AccountLabel } from '../lib/domain/account-label.ts'
import type { DeploymentNames } from '../lib/deployment/names.ts'
import type { DeploymentConfiguration } from './configuration.ts'

export interface Acknowledgement {
  /** Construct paths within the stack; the finding may be of a construct or of anything beneath it. */
  readonly paths: readonly string[]
  readonly rule: string
  /** Wildcard rules report each resource by itself: the path in Parameter Store that ends in `/*`. */
  readonly parameters?: string
  readonly reason: string
}

const FUNCTIONS = ['Dispatch/Function', 'Lane/Function', 'Ingest/Function', 'OrderFeed/Function']
const DIGEST = ['Digest/Function']
const MARKET_DATA = ['MarketData/Function']
const QUEUES = ['Lane/Queue', 'Ingest/Queue', 'OrderFeed/QueueV1']

type Optional = 'orderFeedV2' | 'alarmEmail' | 'digestHours' | 'kafka' | 'marketDataAccount' | 'forwarder'

/** What is acknowledged depends on what is deployed: the second trade-update queue, the e-mail subscription, the digest. */
export function acknowledgements(
  names: DeploymentNames,
  {
    orderFeedV2,
    alarmEmail,
    digestHours,
    kafka,
    marketDataAccount,
    forwarder,
  }: Pick<DeploymentConfiguration, Optional>,
): readonly Acknowledgement[] {
  const digest = digestHours > 0 ? DIGEST : []
  const marketData = marketDataAccount === null ? [] : MARKET_DATA
  const queues = orderFeedV2 ? [...QUEUES, 'OrderFeed/QueueV2'] : QUEUES
  return [
    {
      paths: alarmEmail === null ? [] : ['Alarms/Topic'],
      rule: 'Serverless-SNSRedrivePolicy',
      reason: 'An e-mail that cannot be delivered has nobody to be redriven to; the alarm itself stays.',
    },
    {
      paths: [
        ...['Dispatch', 'Lane', 'OrderFeed'].map((one) => `${one}/FunctionRole`),
        ...marketData.map(roleOf),
      ],
      rule: 'AwsSolutions-IAM5',
      parameters: `${names.flagsPath}/*`,
      reason: "The flag tree of this stage is read by path; which flags are set is the operator's choice.",
    },
    {
      paths: ['Lane/FunctionRole'],
      rule: 'AwsSolutions-IAM5',
      parameters: `${names.flagsPath}/accounts/*`,
      reason: 'Kill switches of single accounts; accounts come and go without a deployment.',
    },
    {
      paths: ['Lane/FunctionRole'],
      rule: 'AwsSolutions-IAM5',
      parameters: `${names.credentialsPath}/*`,
      reason: 'Credentials of the accounts of this stage; accounts come and go without a deployment.',
    },
    {
      paths: queues.map((path) => `${path}/DeadLetter`),
      rule: 'Serverless-SQSRedrivePolicy',
      reason:
        'It is itself a dead-letter queue; an alarm watches its depth and torghut dlq redrive empties it.',
    },
    {
      paths: ['Lane/Function', 'Ingest/Function', 'OrderFeed/Function'],
      rule: 'Serverless-LambdaDLQ',
      reason: 'Invoked by a queue only, which has a dead-letter queue; nothing invokes it asynchronously.',
    },
    {
      paths: ['Lane/Function', 'Ingest/Function', 'OrderFeed/Function'],
      rule: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'A queue as event source cannot have a destination; the queue has a dead-letter queue.',
    },
    {
      paths: ['Dispatch/Function'],
      rule: 'Serverless-LambdaDLQ',
      reason:
        'A tick is a hint: replaying a lost one would do harm, the next one makes up for it; errors alarm.',
    },
    {
      paths: ['Dispatch/Function'],
      rule: 'Serverless-LambdaAsyncFailureDestination',
      reason:
        'A tick is a hint: replaying a lost one would do harm, the next one makes up for it; errors alarm.',
    },
    {
      paths: digest,
      rule: 'Serverless-LambdaDLQ',
      reason: 'A digest that failed is repeated twice and then an alarm; the log that it is made of stays.',
    },
    {
      paths: digest,
      rule: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'A digest that failed is repeated twice and then an alarm; the log that it is made of stays.',
    },
    ...['Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination'].map((rule) => ({
      paths: marketData,
      rule,
      reason: "A run is a hint: the next minute's goes on from the log; errors and silence alarm.",
    })),
    {
      paths: kafka === null ? [] : ['OrderFeed/Kafka'],
      rule: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'A record is repeated until it is stored; nothing is ever given up, so nothing can go elsewhere.',
    },
    {
      paths: kafka?.cluster.kind === 'msk' ? ['OrderFeed/FunctionRole'] : [],
      rule: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        "Lambda reaches the cluster in its network by the function's role; these actions know no resource.",
    },
    ...forwarderAcknowledgements(names, forwarder?.accounts ?? []),
    {
      paths: [...FUNCTIONS, ...digest, ...marketData],
      rule: 'Serverless-LambdaTracing',
      reason:
        'Traces can only be written with a permission on every resource; one log record per cycle has the figures.',
    },
  ]
}

function roleOf(path: string): string {
  return `${path}Role`
}

function forwarderAcknowledgements(
  names: DeploymentNames,
  accounts: readonly AccountLabel[],
): readonly Acknowledgement[] {
  const each = (construct: string) => accounts.map((account) => `Forwarder/Account-${account}/${construct}`)
  return [
    {
      paths: accounts.length === 0 ? [] : ['Forwarder/Cluster'],
      rule: 'AwsSolutions-ECS4',
      reason: "It costs more than the tasks; the forwarder's log says when it loses a stream or its lease.",
    },
    {
      paths: each('Task'),
      rule: 'AwsSolutions-ECS2',
      reason:
        'Names alone: stage, account, brokers, which secret. The process reads secrets by its own role.',
    },
    {
      paths: each('Role'),
      rule: 'AwsSolutions-IAM5',
      parameters: `${names.flagsPath}/*`,
      reason: "The flag tree of this stage is read by path; which flags are set is the operator's choice.",
    },
    {
      paths: each('StartRole'),
      rule: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'A token for the registry: that action knows no resource; what it may take is the image of one repository.',
    },
  ]
}

/** @throws Error when an entry names nothing in the stack: it would hide nothing today and something tomorrow */
export function acknowledgeFindings(stack: Stack, entries: readonly Acknowledgement[]): void {
  for (const { paths, rule, parameters, reason } of entries) {
    const finding = parameters === undefined ? '' : `[Resource::${parameterFinding(stack, parameters)}]`
    for (const path of paths) {
      Validations.of(descendant(stack, path)).acknowledge({ id: `${rule}${finding}`, reason })
    }
  }
}

function descendant(stack: Stack, path: string): IConstruct {
  return path.split('/').reduce<IConstruct>((parent, name) => parent.node.findChild(name), stack)
}

/** An ARN as cdk-nag writes it: what only the deployment knows stands in angle brackets. */
function parameterFinding(stack: Stack, path: string): string {
  const known = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value)
  const partition = known(stack.partition, 'Partition')
  return `arn:${partition}:ssm:${stack.region}:${known(stack.account, 'AccountId')}:parameter${path}`
}
