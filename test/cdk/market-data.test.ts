/** The deployment's own producer of bars in the template: nothing of it unless it is asked for, and then nothing but it. */
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import { differenceOf, synthesize } from './synthesize.ts'

const withoutIt = synthesize({ orderFeedV2: 'true' })
const withIt = synthesize({ orderFeedV2: 'true', marketDataAccount: 'paper' })
const { added, changed, ofType } = differenceOf(withoutIt.template, withIt.template)

describe('the producer of bars', () => {
  it('is off unless it is asked for, byte by byte', () => {
    expect(JSON.stringify(withoutIt.template)).not.toMatch(/market.?data/i)
    const empty = synthesize({ orderFeedV2: 'true', marketDataAccount: '' })
    expect(JSON.stringify(empty.template)).toBe(JSON.stringify(withoutIt.template))
  })

  it('is a function with its log, its schedule and five alarms, beside all that there was', () => {
    expect(added.map(({ Type }) => Type.replace('AWS::', '')).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'CloudWatch::Alarm'),
      'IAM::Policy',
      'IAM::Policy',
      'IAM::Role',
      'IAM::Role',
      'Lambda::EventInvokeConfig',
      'Lambda::Function',
      'Logs::LogGroup',
      'Scheduler::Schedule',
      'Scheduler::ScheduleGroup',
    ])
    // the dispatcher may note the ticks that it is asked for
    expect(changed.map(([id, { Type }]) => `${Type} ${id.replace(/[0-9A-F]{8}$/, '')}`)).toEqual([
      'AWS::IAM::Policy DispatchFunctionRoleDefaultPolicy',
      'AWS::CloudWatch::Dashboard Dashboard',
    ])
  })

  it('runs each minute, at all hours, and a run that failed is not repeated', () => {
    expect(ofType('AWS::Scheduler::Schedule')[0]?.Properties).toMatchObject({
      Name: 'torghut-prod-market-data',
      ScheduleExpression: 'cron(* * * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
    })
    expect(ofType('AWS::Lambda::EventInvokeConfig')[0]?.Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    })
    expect(ofType('AWS::Lambda::Function')[0]?.Properties['Timeout']).toBe(55)
  })

  it('gets the environment that its schema asks for', () => {
    const [fn] = ofType('AWS::Lambda::Function')
    const { Variables } = (fn?.Properties ?? {})['Environment'] as { Variables: Record<string, unknown> }
    const deployed = {
      ...Variables,
      STATE_TABLE_NAME: 'state',
      SIGNAL_TABLE_NAME: 'signals',
      DISPATCH_FUNCTION_NAME: 'dispatch',
    }
    expect(parseFunctionEnvironment('market-data', deployed as Record<string, string>)).toMatchObject({
      TORGHUT_STAGE: 'prod',
      CREDENTIALS_PATH: '/torghut-credentials/prod',
    })
  })

  it('is watched: its errors, its heartbeat, its troubles, and silence in an open session', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => [
      Properties['AlarmName'],
      Properties['MetricName'],
      Properties['TreatMissingData'],
    ])
    expect(alarms).toEqual([
      ['torghut-prod-market-data-errors', 'Errors', 'notBreaching'],
      ['torghut-prod-market-data-throttles', 'Throttles', 'notBreaching'],
      ['torghut-prod-market-data-silent', 'market_data_silent_total', 'notBreaching'],
      ['torghut-prod-market-data-troubled', 'market_data_troubles_total', 'notBreaching'],
      ['torghut-prod-market-data-stopped', 'market_data_runs_total', 'breaching'],
    ])
  })

  it('leaves cdk-nag nothing that is not acknowledged with a reason', () => {
    const packs = [new AwsSolutionsChecks(), new ServerlessChecks()]
    expect(packs.flatMap((pack) => pack.validateScope(withIt.stack).violations)).toEqual([])
  })
})
