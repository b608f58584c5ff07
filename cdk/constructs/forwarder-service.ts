/**
 * One account's forwarders: task, roles and service.
 *
 * Invariants: the role of the process reads its own account's credentials and open orders alone, and writes to nothing but
 * its lease and its queue; no secret stands in the task definition; a container that is not well is replaced.
 */
import { Stack } from 'aws-cdk-lib'
import type { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { type CfnCluster, CfnService, CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs'
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import type { ForwarderConfiguration } from '../forwarder-configuration.ts'
import type { KafkaConfiguration } from '../kafka-configuration.ts'
import type { Credentials } from './credentials.ts'
import type { Flags } from './flags.ts'
import { grant } from './grant.ts'
import { grantKafkaSecret } from './kafka-secret.ts'
import type { Tables } from './tables.ts'
import type { FunctionDefaults } from './torghut-function.ts'

export interface ForwarderServiceProps {
  readonly defaults: Pick<FunctionDefaults, 'names' | 'stage' | 'logRetention'>
  readonly forwarder: ForwarderConfiguration
  readonly account: AccountLabel
  readonly cluster: CfnCluster
  readonly securityGroup: CfnSecurityGroup
  readonly log: LogGroup
  readonly tables: Tables
  readonly flags: Flags
  readonly credentials: Credentials
  /** Whose environment lies beneath the flags. */
  readonly lane: IFunction
  /** The second topic's; undefined where updates go to Kafka. */
  readonly queue: Queue | undefined
  /** Null: updates go to the queue. */
  readonly kafka: KafkaConfiguration | null
}

/** One forwards, one waits. */
const TASKS = 2
const HEALTH_PORT = '8080'
const HEALTHY = `fetch('http://127.0.0.1:${HEALTH_PORT}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
/** To put what waits on the queue, and to let go of the lease. */
const STOP_SECONDS = 30

export class ForwarderService extends Construct {
  constructor(scope: Construct, id: string, props: ForwarderServiceProps) {
    super(scope, id)
    const { defaults, forwarder, account, cluster, securityGroup, log } = props
    const { region } = Stack.of(this)
    const name = `${defaults.names.forwarder}-${account}`
    const process = this.role('Role', `${name}: only what it needs`)
    this.grantForward(process, props)
    const start = this.role('StartRole', `${name}-start: takes the image, writes the log`)
    this.grantStart(start, props)
    const task = new CfnTaskDefinition(this, 'Task', {
      family: name,
      // the smallest there is (docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html)
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      taskRoleArn: process.roleArn,
      executionRoleArn: start.roleArn,
      containerDefinitions: [
        {
          name: 'forwarder',
          image: forwarder.image.uri,
          essential: true,
          command: ['node', 'bin/torghut.mjs', 'forward', '--health-port', HEALTH_PORT],
          environment: Object.entries(environment(region, props)).map(([key, value]) => ({
            name: key,
            value,
          })),
          readonlyRootFilesystem: true,
          linuxParameters: { capabilities: { drop: ['ALL'] }, initProcessEnabled: true },
          stopTimeout: STOP_SECONDS,
          healthCheck: {
            command: ['CMD', 'node', '-e', HEALTHY],
            interval: 30,
            timeout: 5,
            retries: 3,
            startPeriod: 60,
          },
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': log.logGroupName,
              'awslogs-region': region,
              'awslogs-stream-prefix': account,
            },
          },
        },
      ],
    })
    const service = new CfnService(this, 'Service', {
      serviceName: name,
      cluster: cluster.attrArn,
      taskDefinition: task.ref,
      launchType: 'FARGATE',
      desiredCount: TASKS,
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...forwarder.subnetIds],
          securityGroups: [securityGroup.attrGroupId],
          assignPublicIp: forwarder.publicIp ? 'ENABLED' : 'DISABLED',
        },
      },
    })
    // tasks that start before their permissions are there would fail
    service.node.addDependency(process, start)
  }

  /** For tasks of this account and region alone (docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html). */
  private role(id: string, description: string): Role {
    const stack = Stack.of(this)
    return new Role(this, id, {
      description,
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'ecs', resource: '*' }) },
        },
      }),
    })
  }

  private grantForward(role: IGrantable, props: ForwarderServiceProps): void {
    const { account, tables, flags, credentials, lane, queue, kafka } = props
    tables.grantForward(role, account)
    flags.grantRead(role)
    credentials.grantRead(role, account)
    grant(role, ['lambda:GetFunctionConfiguration'], [lane.functionArn])
    if (queue !== undefined) grant(role, ['sqs:GetQueueUrl', 'sqs:SendMessage'], [queue.queueArn])
    if (kafka !== null) grantKafkaSecret(this, role, kafka)
  }

  /** What Fargate does before the process is there (docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html). */
  private grantStart(role: IGrantable, { forwarder, log }: ForwarderServiceProps): void {
    const { account, region, repository } = forwarder.image
    const stack = Stack.of(this)
    const image = stack.formatArn({
      service: 'ecr',
      resource: 'repository',
      resourceName: repository,
      account,
      region,
    })
    grant(
      role,
      ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      [image],
    )
    // knows no resource
    grant(role, ['ecr:GetAuthorizationToken'], ['*'])
    grant(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [log.logGroupArn])
  }
}

function environment(
  region: string,
  { defaults, account, forwarder, kafka }: ForwarderServiceProps,
): Record<string, string> {
  const { kafkaBrokers } = forwarder
  return {
    AWS_REGION: region,
    TORGHUT_STAGE: defaults.stage,
    TORGHUT_ACCOUNT_LABEL: account,
    ...(kafkaBrokers === null || kafka === null
      ? {}
      : { TORGHUT_KAFKA_BROKERS: kafkaBrokers.join(','), TORGHUT_KAFKA_SECRET_ARN: kafka.secretArn }),
  }
}
