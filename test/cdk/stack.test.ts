/** The stack's template: tables, queues, schedule, functions and alarms as a deployment must have them. */
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { createTables } from '../../lib/adapters/dynamodb/table/tables.ts'
import { FUNCTION_NAMES } from '../../lib/domain/deployment-parts.ts'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import { resourcesOf, synthesize } from './synthesize.ts'
import type { Resource } from './synthesize.ts'

const prod = synthesize({ orderFeedV2: 'true', alarmEmail: 'operator@example.com' })
const dev = synthesize({ stage: 'dev' })
const resources = resourcesOf(prod.template)

function ofType(type: string, { template } = prod): Resource[] {
  return [...resourcesOf(template).values()].filter(({ Type }) => Type === type)
}

/** The resource whose name property has this value. */
function named(type: string, name: string): Resource {
  const found = ofType(type).find(({ Properties }) => Object.values(Properties).includes(name))
  if (found === undefined) throw new Error(`no ${type} is called ${name}`)
  return found
}

function receives(queue: string): number {
  const { RedrivePolicy } = named('AWS::SQS::Queue', `torghut-prod-${queue}.fifo`).Properties
  return (RedrivePolicy as { maxReceiveCount: number }).maxReceiveCount
}

/** What stands for a value that only the deployment knows. */
function resolved(variable: string): string {
  return variable.endsWith('_URL') ? 'https://queue.example' : 'resolved'
}

const byName = (attributes: unknown): unknown =>
  [...(attributes as { AttributeName: string }[])].sort((a, b) =>
    a.AttributeName < b.AttributeName ? -1 : 1,
  )

/** Keys, attributes and indexes of a table; what else a deployed table has, no adapter sees. */
function shape(table: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { TableName, BillingMode, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = table
  return {
    TableName,
    BillingMode,
    KeySchema,
    GlobalSecondaryIndexes,
    AttributeDefinitions: byName(AttributeDefinitions),
  }
}

describe('global kill switch', () => {
  it('is a parameter that no deploy rewrites: constant, without description or tags', () => {
    expect(resources.get('GlobalKillSwitch')).toEqual({
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: '/torghut/prod/flags/TRADING_KILL_SWITCH_ENABLED', Type: 'String', Value: 'true' },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    })
    expect(ofType('AWS::SSM::Parameter')).toHaveLength(1)
  })

  it('is the same in the template whatever else a deploy changes', () => {
    const changed = synthesize({ schedule: 'rate(5 minutes)', scheduleEnabled: 'false', logLevel: 'DEBUG' })
    expect(resourcesOf(changed.template).get('GlobalKillSwitch')).toEqual(resources.get('GlobalKillSwitch'))
  })

  it('goes with a stage that may be thrown away', () => {
    expect(ofType('AWS::SSM::Parameter', dev)).toMatchObject([
      { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' },
    ])
  })
})

describe('tables', () => {
  it('have the keys and the sparse index of the architecture, recovery and expiry', () => {
    const common = {
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    }
    expect(named('AWS::DynamoDB::Table', 'torghut-prod-state').Properties).toMatchObject({
      ...common,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open',
          KeySchema: [
            { AttributeName: 'open_pk', KeyType: 'HASH' },
            { AttributeName: 'open_sk', KeyType: 'RANGE' },
          ],
        },
      ],
    })
    expect(named('AWS::DynamoDB::Table', 'torghut-prod-signals').Properties).toMatchObject({
      ...common,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
    })
  })

  it('are those that a laptop has, which the adapters are tested against', async () => {
    const created: CreateTableCommandInput[] = []
    const dynamoDb = mockClient(DynamoDBClient)
    dynamoDb.on(CreateTableCommand).callsFake((input: CreateTableCommandInput) => {
      created.push(input)
      return {}
    })
    dynamoDb.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE' } })
    const names = { state: 'torghut-prod-state', signals: 'torghut-prod-signals' }
    await createTables(new DynamoDBClient({ region: 'us-east-1' }), names)
    const deployed = ofType('AWS::DynamoDB::Table').map(({ Properties }) => shape(Properties))
    expect(created.map((input) => shape({ ...input }))).toEqual(deployed)
    expect(deployed).toHaveLength(2)
  })

  it('survive the stack and cannot be deleted by mistake, except in dev', () => {
    const kept = {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    }
    const thrownAway = { DeletionPolicy: 'Delete', Properties: { DeletionProtectionEnabled: false } }
    expect(ofType('AWS::DynamoDB::Table')).toMatchObject([kept, kept])
    expect(ofType('AWS::DynamoDB::Table', dev)).toMatchObject([thrownAway, thrownAway])
  })
})

describe('queues', () => {
  it('are all FIFO, encrypted, with explicit deduplication ids', () => {
    const queue = {
      FifoQueue: true,
      ContentBasedDeduplication: false,
      SqsManagedSseEnabled: true,
    }
    expect(ofType('AWS::SQS::Queue').map(({ Properties }) => Properties)).toMatchObject(
      Array.from({ length: 8 }, () => queue),
    )
  })

  it('and the topic refuse what does not come over TLS', () => {
    const policies = [...ofType('AWS::SQS::QueuePolicy'), ...ofType('AWS::SNS::TopicPolicy')]
    expect(policies).toHaveLength(9)
    for (const { Properties } of policies) {
      expect(JSON.stringify(Properties['PolicyDocument'])).toMatch(
        /"Deny".*"aws:SecureTransport":"false"|"aws:SecureTransport":"false".*"Deny"/,
      )
    }
    expect(ofType('AWS::SNS::Topic').map(({ Properties }) => 'KmsMasterKeyId' in Properties)).toEqual([true])
  })

  it('hide a tick for the time of its function and 10 seconds', () => {
    const lane = named('AWS::Lambda::Function', 'torghut-prod-lane').Properties
    expect(lane['Timeout']).toBe(45)
    expect(named('AWS::SQS::Queue', 'torghut-prod-lane.fifo').Properties['VisibilityTimeout']).toBe(55)
    expect(receives('lane')).toBe(3)
  })

  it.each([
    ['signals', 'ingest'],
    ['order-feed-v1', 'order-feed'],
    ['order-feed-v2', 'order-feed'],
  ])('keep %s for an hour that no invocation lives through', (queue, name) => {
    const timeout = Number(named('AWS::Lambda::Function', `torghut-prod-${name}`).Properties['Timeout'])
    const visibility = Number(
      named('AWS::SQS::Queue', `torghut-prod-${queue}.fifo`).Properties['VisibilityTimeout'],
    )
    expect(visibility).toBeGreaterThanOrEqual(6 * timeout)
    expect(receives(queue)).toBeGreaterThanOrEqual(10)
    expect(visibility * receives(queue)).toBeGreaterThanOrEqual(3600)
  })

  it('give the lane one message at a time and a limit on lanes at once', () => {
    const mappings = ofType('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties)
    expect(mappings.filter(({ BatchSize }) => BatchSize === 1)).toMatchObject([
      { ScalingConfig: { MaximumConcurrency: 50 } },
    ])
    expect(mappings.every((mapping) => 'ScalingConfig' in mapping)).toBe(true)
  })
})

describe('schedule', () => {
  it('ticks every minute of every day, without an input of its own; lanes run in market hours of New York', () => {
    const [schedule] = ofType('AWS::Scheduler::Schedule')
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: 'cron(* * * * ? *)',
      ScheduleExpressionTimezone: 'America/New_York',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
    })
    expect(schedule?.Properties['Target']).not.toHaveProperty('Input')
    expect(named('AWS::Lambda::Function', 'torghut-prod-dispatch').Properties).toMatchObject({
      Environment: {
        Variables: {
          TORGHUT_TRADING_WINDOW: 'cron(* 9-16 ? * MON-FRI *)',
          TORGHUT_TIME_ZONE: 'America/New_York',
        },
      },
    })
  })

  it('can be switched off and changed', () => {
    const off = synthesize({ scheduleEnabled: 'false', schedule: 'rate(5 minutes)', scheduleTimeZone: 'UTC' })
    expect(ofType('AWS::Scheduler::Schedule', off).map(({ Properties }) => Properties)).toMatchObject([
      {
        State: 'DISABLED',
        ScheduleExpression: 'rate(5 minutes)',
        ScheduleExpressionTimezone: 'UTC',
      },
    ])
  })
})

describe('functions', () => {
  it('get the environment that their schema asks for, and nothing that looks secret', () => {
    for (const name of FUNCTION_NAMES) {
      const { Environment } = named('AWS::Lambda::Function', `torghut-prod-${name}`).Properties
      const { Variables } = Environment as { Variables: Record<string, unknown> }
      const deployed = Object.fromEntries(
        Object.entries(Variables).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : resolved(key),
        ]),
      )
      expect(parseFunctionEnvironment(name, deployed)).toMatchObject({ TORGHUT_STAGE: 'prod' })
      expect(Object.keys(Variables).filter((key) => /SECRET|PASSWORD|API_KEY|TOKEN/.test(key))).toEqual([])
    }
  })

  it('run on Node 24 and keep their logs for a set time', () => {
    const runtimes = ofType('AWS::Lambda::Function').map(({ Properties }) => Properties['Runtime'])
    expect(runtimes).toEqual(Array(4).fill('nodejs24.x'))
    const retentions = ofType('AWS::Logs::LogGroup').map(({ Properties }) => Properties['RetentionInDays'])
    expect(retentions).toEqual(Array(4).fill(90))
  })
})

describe('the stage', () => {
  it('has a dashboard of its own in each region, whose names an account has once', () => {
    expect(ofType('AWS::CloudWatch::Dashboard').map(({ Properties }) => Properties['DashboardName'])).toEqual(
      ['torghut-prod-us-east-1'],
    )
  })

  it('says where to send signals and trade updates, and which key its credentials need', () => {
    const outputs = prod.template.toJSON()['Outputs'] as Record<string, unknown>
    expect(Object.keys(outputs)).toEqual(
      expect.arrayContaining([
        'SignalQueueUrl',
        'SignalQueueArn',
        'OrderFeedV1QueueUrl',
        'OrderFeedV1QueueArn',
        'OrderFeedV2QueueUrl',
        'OrderFeedV2QueueArn',
        'AlarmTopicArn',
        'CredentialsKeyArn',
      ]),
    )
  })

  it('tags everything that can be tagged but the kill switch, which never changes', () => {
    const tagged = [...resources.values()].filter(({ Properties }) =>
      JSON.stringify(Properties?.['Tags'] ?? '').includes('{"Key":"torghut:stage","Value":"prod"}'),
    )
    const types = new Set(tagged.map(({ Type }) => Type))
    for (const type of ['DynamoDB::Table', 'KMS::Key', 'Lambda::Function', 'SQS::Queue', 'SNS::Topic']) {
      expect(types).toContain(`AWS::${type}`)
    }
    expect(types).not.toContain('AWS::SSM::Parameter')
  })
})

describe('cdk-nag', () => {
  it.each([
    ['prod', prod],
    ['dev', dev],
  ])('finds nothing in %s that is not acknowledged with a reason', (_, { stack }) => {
    const reports = [new AwsSolutionsChecks(), new ServerlessChecks()].map((pack) =>
      pack.validateScope(stack),
    )
    expect(reports.flatMap(({ violations }) => violations)).toEqual([])
  })
})
