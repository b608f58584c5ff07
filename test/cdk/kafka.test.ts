/** Trade updates from Kafka topics in the template: nothing of it unless it is asked for, and then nothing but it. */
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../cdk/configuration.ts'
import { violationsOf } from '../support/violations.ts'
import { permissionsOf } from './permissions.ts'
import { resourcesOf, synthesize } from './synthesize.ts'

const CLUSTER = 'arn:aws:kafka:us-east-1:123456789012:cluster/updates/0a1b2c3d-1111-2222-3333-444455556666-1'
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_updates-a1B2c3'
const FEED = 'lambda.amazonaws.com torghut-prod-order-feed'

const off = resourcesOf(synthesize().template)
const msk = synthesize({
  kafkaCluster: CLUSTER,
  kafkaSecretArn: SECRET,
  kafkaTopics: 'torghut.trade-updates.v1,torghut.trade-updates.v2',
})
const own = synthesize({ kafkaCluster: 'one.example.com:9096,two.example.com:9096', kafkaSecretArn: SECRET })
const mappingsOf = ({ template }: typeof msk) =>
  [...resourcesOf(template).values()]
    .filter(({ Type, Properties }) => Type === 'AWS::Lambda::EventSourceMapping' && 'Topics' in Properties)
    .map(({ Properties }) => Properties)

describe('topics of an MSK cluster', () => {
  it('are read by a mapping each, which repeats what failed where it stands, and starts with the oldest', () => {
    expect(mappingsOf(msk).map(({ Topics }) => Topics)).toEqual([
      ['torghut.trade-updates.v1'],
      ['torghut.trade-updates.v2'],
    ])
    for (const mapping of mappingsOf(msk)) {
      expect(mapping).toMatchObject({
        EventSourceArn: CLUSTER,
        StartingPosition: 'TRIM_HORIZON',
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ProvisionedPollerConfig: { MinimumPollers: 1 },
        SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: SECRET }],
      })
      expect(mapping).not.toHaveProperty('MaximumRetryAttempts')
      expect(mapping).not.toHaveProperty('MaximumRecordAgeInSeconds')
    }
    expect(mappingsOf(msk)[0]?.['AmazonManagedKafkaEventSourceConfig']).toEqual({
      ConsumerGroupId: 'torghut-prod-torghut.trade-updates.v1',
    })
  })

  it('give order-feed what Lambda asks for to reach the cluster, and nobody else anything', () => {
    const without = permissionsOf(off)
    const { [FEED]: feed = [], ...others } = permissionsOf(resourcesOf(msk.template))
    const { [FEED]: before = [], ...othersBefore } = without
    expect(others).toEqual(othersBefore)
    expect(feed.filter((permission) => !before.includes(permission))).toEqual(
      [
        'ec2:CreateNetworkInterface on *',
        'ec2:DeleteNetworkInterface on *',
        'ec2:DescribeNetworkInterfaces on *',
        'ec2:DescribeSecurityGroups on *',
        'ec2:DescribeSubnets on *',
        'ec2:DescribeVpcs on *',
        `kafka:DescribeCluster on ${CLUSTER}`,
        `kafka:DescribeClusterV2 on ${CLUSTER}`,
        `kafka:GetBootstrapBrokers on ${CLUSTER}`,
        `secretsmanager:GetSecretValue on ${SECRET}`,
      ].sort(),
    )
  })

  it('leave cdk-nag nothing that is not acknowledged with a reason', () => {
    const packs = [new AwsSolutionsChecks(), new ServerlessChecks()]
    expect(packs.flatMap((pack) => pack.validateScope(msk.stack).violations)).toEqual([])
  })
})

describe('topics of another cluster', () => {
  it('are read from its bootstrap servers, the first topic unless others are named, with the secret alone', () => {
    expect(mappingsOf(own)).toMatchObject([
      {
        Topics: ['torghut.trade-updates.v1'],
        SelfManagedEventSource: {
          Endpoints: { KafkaBootstrapServers: ['one.example.com:9096', 'two.example.com:9096'] },
        },
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'torghut-prod-torghut.trade-updates.v1' },
      },
    ])
    const feed = permissionsOf(resourcesOf(own.template))[FEED] ?? []
    expect(feed.filter((permission) => /kafka|ec2/.test(permission))).toEqual([])
    const packs = [new AwsSolutionsChecks(), new ServerlessChecks()]
    expect(packs.flatMap((pack) => pack.validateScope(own.stack).violations)).toEqual([])
  })
})

describe('what the context says of Kafka', () => {
  it('is nothing by default', () => {
    expect(JSON.stringify([...off.values()])).not.toMatch(/kafka/i)
  })

  it('is refused whole, with all that is wrong with it', () => {
    const context: Record<string, string> = {
      stage: 'dev',
      region: 'us-east-1',
      kafkaCluster: 'one.example.com',
      kafkaTopics: 'a b',
    }
    const violations = violationsOf(() => readConfiguration((name) => context[name], {}))
    expect(violations.map(({ path }) => path)).toEqual(['kafkaCluster', 'kafkaSecretArn', 'kafkaTopics'])
  })
})
