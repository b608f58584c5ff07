/** What of a deployed stage is there, asked of the services themselves. */
import { DescribeStacksCommand, type CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler'
import { GetServiceSettingCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import type { DeploymentNames } from '../../deployment/names.ts'
import type { FunctionName } from '../../domain/deployment-parts.ts'
import type { Infrastructure } from '../../ports/infrastructure.ts'
import { alarmSubscriptions } from './alarm-subscriptions.ts'
import { type AwsPlace, callAws, callAwsOrNull } from './calls.ts'

export interface InfrastructureClients {
  readonly cloudFormation: CloudFormationClient
  readonly dynamo: DynamoDBClient
  readonly lambda: LambdaClient
  readonly scheduler: SchedulerClient
  readonly ssm: SSMClient
  readonly sts: STSClient
  /** Signs for SNS, and does nothing else. */
  readonly snsSigning: STSClient
}

const ABSENT = ['ResourceNotFoundException']
/** CloudFormation has no error of its own for a stack that is not there. */
const NO_STACK = ['ValidationError']
const NO_TOPIC = ['NotFound', 'NotFoundException']

export function awsInfrastructure(
  clients: InfrastructureClients,
  place: AwsPlace,
  names: DeploymentNames,
): Infrastructure {
  const { cloudFormation, dynamo, lambda, scheduler, ssm, sts, snsSigning } = clients
  const read = <Answer>(what: string, send: () => Promise<Answer>, missing = ABSENT) =>
    callAwsOrNull(place, `reading ${what}`, send, missing)
  const caller = () =>
    callAws(place, 'asking whose credentials these are', () => sts.send(new GetCallerIdentityCommand({})))
  const variablesOf = async (name: FunctionName): Promise<Record<string, string> | null> => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: names.function(name) })
    const answer = await read(`function ${names.function(name)}`, () => lambda.send(command))
    return answer === null ? null : (answer.Environment?.Variables ?? {})
  }
  return {
    identity: async () => {
      const { Account, Arn } = await caller()
      return { account: Account ?? 'unknown', principal: Arn ?? 'unknown' }
    },
    stackStatus: async () => {
      const command = new DescribeStacksCommand({ StackName: names.stack })
      const answer = await read(`stack ${names.stack}`, () => cloudFormation.send(command), NO_STACK)
      return answer?.Stacks?.[0]?.StackStatus ?? null
    },
    tableStatus: async (table) => {
      const command = new DescribeTableCommand({ TableName: table })
      const answer = await read(`table ${table}`, () => dynamo.send(command))
      return answer?.Table?.TableStatus ?? null
    },
    highParameterThroughput: async () => {
      const SettingId = '/ssm/parameter-store/high-throughput-enabled'
      const command = new GetServiceSettingCommand({ SettingId })
      const answer = await callAws(place, `reading ${SettingId}`, () => ssm.send(command))
      return answer.ServiceSetting?.SettingValue === 'true'
    },
    schedule: async () => {
      const command = new GetScheduleCommand({ Name: names.schedule, GroupName: names.schedule })
      const answer = await read(`schedule ${names.schedule}`, () => scheduler.send(command))
      if (answer === null) return null
      return {
        enabled: answer.State === 'ENABLED',
        expression: answer.ScheduleExpression ?? '',
        timeZone: answer.ScheduleExpressionTimezone ?? 'UTC',
        tradingWindow: (await variablesOf('dispatch'))?.['TORGHUT_TRADING_WINDOW'] ?? null,
      }
    },
    alarmSubscriptions: async () => {
      const { Account = '', Arn = '' } = await caller()
      const topicArn = `arn:${Arn.split(':')[1] ?? 'aws'}:sns:${place.region}:${Account}:${names.alarmTopic}`
      return read(
        `the subscriptions of ${names.alarmTopic}`,
        () => alarmSubscriptions({ ...place, signing: snsSigning, topicArn }),
        NO_TOPIC,
      )
    },
    functionEnvironment: variablesOf,
    functionFlags: async (name) => {
      const variables = await variablesOf(name)
      if (variables === null) return null
      return Object.fromEntries(
        Object.entries(variables).filter(([variable]) => variable.startsWith('TRADING_')),
      )
    },
  }
}
