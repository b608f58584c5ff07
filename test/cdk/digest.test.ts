/** The digest of fills and rejections in the template: nothing of it unless it is asked for, and then nothing but it. */
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import { differenceOf, resourcesOf, synthesize } from './synthesize.ts'
import type { Resource } from './synthesize.ts'

const withoutIt = synthesize({ orderFeedV2: 'true' }).template
const daily = synthesize({ orderFeedV2: 'true', digestHours: '24' })
const off = resourcesOf(withoutIt)
const { added, changed, ofType } = differenceOf(withoutIt, daily.template)

describe('the digest', () => {
  it('is off unless it is asked for', () => {
    expect(JSON.stringify([...off.values()])).not.toMatch(/digest/i)
  })

  it('is a function with its log, its schedule and two alarms, beside all that there was', () => {
    expect(added.map(({ Type }) => Type.replace('AWS::', '')).sort()).toEqual([
      'CloudWatch::Alarm',
      'CloudWatch::Alarm',
      'IAM::Policy',
      'IAM::Policy',
      'IAM::Role',
      'IAM::Role',
      'Lambda::Function',
      'Logs::LogGroup',
      'Scheduler::Schedule',
      'Scheduler::ScheduleGroup',
    ])
    expect(changed.map(([, { Type }]) => Type)).toEqual(['AWS::CloudWatch::Dashboard'])
  })

  it('comes some minutes past whole hours of the same length all year', () => {
    const schedule = (template: readonly Resource[]) =>
      template.find(
        ({ Properties }) =>
          'ScheduleExpression' in (Properties ?? {}) && Properties['Name'] === 'torghut-prod-digest',
      )?.Properties
    expect(schedule(ofType('AWS::Scheduler::Schedule'))).toMatchObject({
      ScheduleExpression: 'cron(5 0 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
    })
    const sixHourly = resourcesOf(synthesize({ digestHours: '6' }).template)
    expect(schedule([...sixHourly.values()])).toMatchObject({ ScheduleExpression: 'cron(5 0/6 * * ? *)' })
  })

  it('gets the environment that its schema asks for', () => {
    const [fn] = ofType('AWS::Lambda::Function')
    const { Variables } = (fn?.Properties ?? {})['Environment'] as { Variables: Record<string, unknown> }
    expect(Variables['ALARM_TOPIC_ARN']).toEqual({ Ref: expect.stringMatching(/^AlarmsTopic/) as string })
    const deployed = {
      ...Variables,
      ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:torghut-prod-alarms',
    }
    expect(parseFunctionEnvironment('digest', deployed as Record<string, string>)).toMatchObject({
      TORGHUT_STAGE: 'prod',
      TORGHUT_DIGEST_HOURS: '24',
    })
  })

  it('that fails is repeated, and then an alarm', () => {
    // without such a configuration Lambda repeats a failed asynchronous invocation twice
    expect(added.map(({ Type }) => Type)).not.toContain('AWS::Lambda::EventInvokeConfig')
    expect(ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties['AlarmName'])).toEqual([
      'torghut-prod-digest-errors',
      'torghut-prod-digest-throttles',
    ])
  })

  it('leaves cdk-nag nothing that is not acknowledged with a reason', () => {
    const packs = [new AwsSolutionsChecks(), new ServerlessChecks()]
    expect(packs.flatMap((pack) => pack.validateScope(daily.stack).violations)).toEqual([])
  })
})
