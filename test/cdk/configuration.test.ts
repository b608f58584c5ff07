/** A deployment's configuration: what it needs, and every mistake named before anything is deployed. */
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../cdk/configuration.ts'
import { scheduleExpressionFault } from '../../cdk/schedule-expression.ts'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import { violationsOf } from '../support/violations.ts'

function read(context: Readonly<Record<string, unknown>>): ReturnType<typeof readConfiguration> {
  return readConfiguration((name) => context[name], {})
}

describe('deployment configuration', () => {
  it('needs only a stage and a region', () => {
    expect(read({ stage: 'dev', region: 'eu-central-1' })).toMatchObject({
      stage: 'dev',
      region: 'eu-central-1',
      schedule: { timeZone: 'America/New_York', enabled: true },
      alarmEmail: null,
      retentionDays: 90,
    })
  })

  it('names everything that is wrong at once', () => {
    const context = {
      stage: 'Prod',
      region: 'us-est-1',
      schedule: 'every minute',
      scheduleTimeZone: 'America/New_Yrok',
      scheduleEnabled: 'yes',
      alarmEmail: 'nobody',
      laneMaximumConcurrency: '1',
      logLevel: 'LOUD',
      retentionDays: '0',
      orderFeedV2: '1',
    }
    const violations = violationsOf(() => read(context))
    expect(violations.map(({ path }) => path).sort()).toEqual(Object.keys(context).sort())
    expect(violations.find(({ path }) => path === 'region')?.didYouMean).toBe('us-east-1')
  })

  it('says so when nothing names a region', () => {
    expect(() => read({ stage: 'dev' })).toThrow(/region: found nothing, allowed: an AWS region/)
  })
})

describe('schedule expressions', () => {
  it.each([
    'rate(1 minute)',
    'rate(5 minutes)',
    'cron(* 9-16 ? * MON-FRI *)',
    'cron(0/5 8-17 ? * 2-6 *)',
    'cron(0 10 * * ? *)',
    'cron(15 12 ? * 6#2 2026-2030)',
    'cron(0 18 L * ? *)',
    'cron(0,30 9,10,11 1W JAN,JUL ? *)',
  ])('%s is one', (expression) => {
    expect(scheduleExpressionFault(expression)).toBeNull()
  })

  it.each([
    ['rate(1 minutes)', /1 minute/],
    ['rate(2 minute)', /2 minutes/],
    ['rate(0 minutes)', /at least 1/],
    ['rate(10 seconds)', /neither/],
    ['cron(* * * * *)', /six fields/],
    ['cron(60 9 ? * MON *)', /minutes from 0 to 59/],
    ['cron(0 24 ? * MON *)', /hours from 0 to 23/],
    ['cron(0 9 ? * FUNDAY *)', /day of week/],
    ['cron(0 9 * * MON *)', /exactly one/],
    ['cron(0 9 ? * ? *)', /exactly one/],
    ['* * * * *', /neither/],
  ])('%s is none', (expression, fault) => {
    expect(scheduleExpressionFault(expression)).toMatch(fault)
  })
})

describe('function environment', () => {
  it('reports every variable that is missing or malformed', () => {
    const violations = violationsOf(() =>
      parseFunctionEnvironment('lane', { TORGHUT_STAGE: 'PROD', FLAGS_PATH: '/torghut/prod/flags/' }),
    )
    expect(violations.map(({ path }) => path).sort()).toEqual(
      [
        'CREDENTIALS_PATH',
        'FLAGS_PATH',
        'POWERTOOLS_LOG_LEVEL',
        'POWERTOOLS_METRICS_NAMESPACE',
        'POWERTOOLS_SERVICE_NAME',
        'SIGNAL_TABLE_NAME',
        'STATE_TABLE_NAME',
        'TORGHUT_CODE_VERSION',
        'TORGHUT_STAGE',
      ].sort(),
    )
  })
})
