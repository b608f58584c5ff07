/**
 * Alarms: which there are, that each one reaches people (alarm, topic, the topic's policy, its key's policy), and
 * that a schedule that stops is seen. What a template must not lose is taken out of a copy, and must be missed.
 */
import { describe, expect, it } from 'vitest'
import { FUNCTION_NAMES } from '../../lib/domain/deployment-parts.ts'
import { METRICS } from '../../lib/domain/metric-names.ts'
import { resourcesOf, synthesize } from './synthesize.ts'
import type { Resource } from './synthesize.ts'

const prod = resourcesOf(synthesize({ orderFeedV2: 'true', alarmEmail: 'operator@example.com' }).template)
const dev = resourcesOf(synthesize({ stage: 'dev' }).template)

type Resources = ReadonlyMap<string, Resource>

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Principal: unknown
  readonly Condition?: unknown
}

function ofType(type: string, resources: Resources = prod): [string, Resource][] {
  return [...resources].filter(([, { Type }]) => Type === type)
}

function alarm(name: string, resources: Resources = prod): Readonly<Record<string, unknown>> | undefined {
  return ofType('AWS::CloudWatch::Alarm', resources)
    .map(([, { Properties }]) => Properties)
    .find(({ AlarmName }) => String(AlarmName).replace(/^torghut-(prod|dev)-/, '') === name)
}

/** Whether a policy lets CloudWatch do all of it, for alarms of this account and no other. */
function allows(document: unknown, actions: readonly string[]): boolean {
  const { Statement: statements } = document as { Statement: readonly Statement[] }
  const allowed = new Set(
    statements
      .filter(({ Effect, Principal, Condition }) => {
        const forAlarms = JSON.stringify(Principal) === '{"Service":"cloudwatch.amazonaws.com"}'
        const ofAccount =
          JSON.stringify(Condition) === '{"StringEquals":{"aws:SourceAccount":"123456789012"}}'
        return Effect === 'Allow' && forAlarms && ofAccount
      })
      .flatMap(({ Action }) => Action),
  )
  return actions.every((action) => allowed.has(action))
}

/** Where the way from an alarm to people ends too early: `alarm: what is missing`. */
function undelivered(resources: Resources): string[] {
  return ofType('AWS::CloudWatch::Alarm', resources).flatMap(([id, { Properties }]) => {
    const { AlarmActions, OKActions } = Properties as { AlarmActions?: unknown[]; OKActions?: unknown[] }
    const topics = ofType('AWS::SNS::Topic', resources).map(([topic]) => topic)
    const topic = topics.find((one) => JSON.stringify(AlarmActions) === JSON.stringify([{ Ref: one }]))
    if (topic === undefined) return [`${id}: no topic`]
    if (JSON.stringify(OKActions) !== JSON.stringify(AlarmActions)) return [`${id}: nobody hears its end`]
    const policy = ofType('AWS::SNS::TopicPolicy', resources).find(
      ([, one]) => JSON.stringify(one.Properties['Topics']) === JSON.stringify([{ Ref: topic }]),
    )
    if (policy === undefined || !allows(policy[1].Properties['PolicyDocument'], ['sns:Publish'])) {
      return [`${id}: the topic's policy`]
    }
    const keyId = resources.get(topic)?.Properties['KmsMasterKeyId'] as { 'Fn::GetAtt': [string, string] }
    const key = resources.get(keyId['Fn::GetAtt'][0])
    const needs = ['kms:Decrypt', 'kms:GenerateDataKey*']
    return key !== undefined && allows(key.Properties['KeyPolicy'], needs) ? [] : [`${id}: the key's policy`]
  })
}

/** The template without the statements of one policy that a test takes away. */
function without(type: string, property: string, gone: (statement: Statement) => boolean): Resources {
  const changed = structuredClone(Object.fromEntries(prod)) as Record<string, Resource>
  for (const { Type, Properties } of Object.values(changed)) {
    if (Type !== type) continue
    const document = Properties[property] as { Statement: Statement[] }
    document.Statement = document.Statement.filter((statement) => !gone(statement))
  }
  return new Map(Object.entries(changed))
}

const ofCloudWatch = ({ Principal }: Statement): boolean =>
  JSON.stringify(Principal).includes('cloudwatch.amazonaws.com')

describe('an alarm reaches people', () => {
  it('through its topic, the policy of the topic and that of its key, each of them', () => {
    expect(undelivered(prod)).toEqual([])
    expect(undelivered(dev)).toEqual([])
  })

  it.each([
    ["the topic's Allow", 'AWS::SNS::TopicPolicy', 'PolicyDocument'],
    ["the key's Allow", 'AWS::KMS::Key', 'KeyPolicy'],
  ])('but not without %s', (_name, type, property) => {
    const broken = undelivered(without(type, property, ofCloudWatch))
    expect(broken).toHaveLength(ofType('AWS::CloudWatch::Alarm').length)
  })

  it('by e-mail, where an address was given', () => {
    expect(ofType('AWS::SNS::Subscription').map(([, { Properties }]) => Properties)).toMatchObject([
      { Protocol: 'email', Endpoint: 'operator@example.com' },
    ])
    expect(ofType('AWS::SNS::Subscription', dev)).toEqual([])
  })
})

describe('alarms', () => {
  it('watch lanes, orders, ticks, signals, trade updates, errors, throttles and dead letters', () => {
    const names = ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) =>
      String(Properties['AlarmName']),
    )
    const inputs = ['signals', 'order-feed-v1', 'order-feed-v2']
    const expected = [
      'lane-stalled',
      'lane-cycles-failing',
      'lane-out-of-time',
      'lane-halted',
      'lane-ticks-dropped',
      'orders-rejected',
      'orders-rejected-later',
      'kill-switch-unreadable',
      'schedule-failing',
      'schedule-stopped',
      'dispatch-failing',
      'feature-flags-unreadable',
      'no-signals',
      'ingest-quarantined',
      'order-feed-quarantined',
      ...inputs.map((name) => `${name}-waiting`),
      ...FUNCTION_NAMES.flatMap((name) => [`${name}-errors`, `${name}-throttles`]),
      ...['lane', ...inputs].map((name) => `${name}-dead-letters`),
    ]
    expect(names.sort()).toEqual(expected.map((name) => `torghut-prod-${name}`).sort())
    expect(alarm('lane-stalled')).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Threshold: 180,
      TreatMissingData: 'notBreaching',
    })
  })

  it('watch metrics that are emitted, of the function that emits them', () => {
    const known: readonly string[] = Object.values(METRICS)
    const own = ofType('AWS::CloudWatch::Alarm')
      .map(([, { Properties }]) => Properties)
      .filter(({ Namespace }) => Namespace === 'Torghut')
    for (const { MetricName, Dimensions, Statistic } of own) {
      expect(known).toContain(MetricName)
      expect(Statistic).toBe('Sum')
      const dimensions = Dimensions as { Name: string; Value: string }[]
      expect(dimensions.map(({ Name }) => Name).sort()).toEqual(['service', 'stage'])
    }
    expect(own).toHaveLength(13)
  })

  it.each(['signals', 'order-feed-v1', 'order-feed-v2'])('see messages of %s that wait', (queue) => {
    expect(alarm(`${queue}-waiting`)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Statistic: 'Maximum',
      Threshold: 300,
    })
  })

  it('each watch a single metric: the emulator refuses metric math', () => {
    expect(JSON.stringify([...prod.values()])).not.toMatch(/"Metrics":\[|CompositeAlarm/)
  })
})

describe('a schedule that stops', () => {
  it('is an alarm though no data come of it', () => {
    expect(alarm('schedule-stopped')).toMatchObject({
      Namespace: 'Torghut',
      MetricName: 'dispatch_ticks_total',
      Dimensions: [
        { Name: 'service', Value: 'dispatch' },
        { Name: 'stage', Value: 'prod' },
      ],
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    })
  })

  it('is looked at for as long as two of its ticks take', () => {
    const slow = resourcesOf(synthesize({ schedule: 'rate(5 minutes)' }).template)
    expect(alarm('schedule-stopped', slow)).toMatchObject({ Period: 600, TreatMissingData: 'breaching' })
  })

  it('is none where it was told to', () => {
    const off = resourcesOf(synthesize({ scheduleEnabled: 'false' }).template)
    expect(alarm('schedule-stopped', off)).toBeUndefined()
    expect(undelivered(off)).toEqual([])
  })
})

describe('no signals in an open session', () => {
  it('are an alarm after an hour of zeros; no data at all are a closed exchange', () => {
    expect(alarm('no-signals')).toMatchObject({
      MetricName: 'ingest_signals_total',
      Period: 300,
      EvaluationPeriods: 12,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
    })
  })

  it('are none where bars are daily', () => {
    const daily = resourcesOf(synthesize({ noSignalsMinutes: '0' }).template)
    expect(alarm('no-signals', daily)).toBeUndefined()
  })
})
