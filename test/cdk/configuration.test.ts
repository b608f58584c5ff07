/** A deployment's configuration: what it needs, and every mistake named before anything is deployed. */
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../cdk/configuration.ts'
import { parseFunctionEnvironment } from '../../lib/deployment/function-environment.ts'
import {
  minutesBetweenTicks,
  scheduleExpressionFault,
  tradingWindow,
  tradingWindowFault,
} from '../../lib/domain/schedule-expression.ts'
import { instant } from '../../lib/domain/time.ts'
import { violationsOf } from '../support/violations.ts'

function read(context: Readonly<Record<string, unknown>>): ReturnType<typeof readConfiguration> {
  return readConfiguration((name) => context[name], {})
}

describe('deployment configuration', () => {
  it('needs only a stage and a region', () => {
    expect(read({ stage: 'dev', region: 'eu-central-1' })).toMatchObject({
      stage: 'dev',
      region: 'eu-central-1',
      schedule: {
        expression: 'cron(* * * * ? *)',
        everyMinutes: 1,
        tradingWindow: 'cron(* 9-16 ? * MON-FRI *)',
        timeZone: 'America/New_York',
        enabled: true,
      },
      noSignalsMinutes: 60,
      digestHours: 0,
      credentialsKeyArn: null,
      alarmEmail: null,
      retentionDays: 90,
    })
  })

  it('names everything that is wrong at once', () => {
    const context = {
      stage: 'Prod',
      region: 'us-est-1',
      schedule: 'every minute',
      tradingWindow: 'weekdays',
      noSignalsMinutes: '7',
      digestHours: '5',
      credentialsKeyArn: 'alias/torghut-dev-credentials',
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

  it('takes a digest every so many hours, where what it is made of is logged', () => {
    const stage = { stage: 'dev', region: 'eu-central-1' }
    expect(read({ ...stage, digestHours: '24' })).toMatchObject({ digestHours: 24 })
    for (const logLevel of ['WARN', 'ERROR']) {
      const violations = violationsOf(() => read({ ...stage, digestHours: '24', logLevel }))
      expect(violations).toMatchObject([{ path: 'digestHours', allowed: /INFO/ }])
    }
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

describe('a schedule that ticks at all hours', () => {
  it.each([
    ['rate(1 minute)', 1],
    ['rate(5 minutes)', 5],
    ['cron(* * * * ? *)', 1],
    ['cron(* * ? * * *)', 1],
    ['cron(0/2 * * * ? *)', 2],
    ['cron(*/5 * * * ? *)', 5],
    ['cron(3/5 * * * ? *)', 5],
  ])('%s ticks every %i minutes', (expression, minutes) => {
    expect(minutesBetweenTicks(expression)).toBe(minutes)
  })

  it.each([
    'rate(6 minutes)',
    'rate(1 hour)',
    'cron(* 9-16 ? * MON-FRI *)',
    'cron(0 * * * ? *)',
    'cron(5/5 * * * ? *)',
    'cron(0/10 * * * ? *)',
    'cron(* * ? * MON-FRI *)',
    'every minute',
  ])('%s does not, and is refused as the schedule', (schedule) => {
    expect(minutesBetweenTicks(schedule)).toBeNull()
    const violations = violationsOf(() => read({ stage: 'dev', region: 'us-east-1', schedule }))
    expect(violations.map(({ path }) => path)).toEqual(['schedule'])
  })
})

describe('a trading window', () => {
  it.each([
    // 2026-02-10 is a Tuesday; New York is 5 hours behind UTC, 4 in summer
    ['cron(* 9-16 ? * MON-FRI *)', '2026-02-10T14:00:00Z', true],
    ['cron(* 9-16 ? * MON-FRI *)', '2026-02-10T13:59:00Z', false],
    ['cron(* 9-16 ? * MON-FRI *)', '2026-02-10T21:59:30Z', true],
    ['cron(* 9-16 ? * MON-FRI *)', '2026-02-10T22:00:00Z', false],
    ['cron(* 9-16 ? * MON-FRI *)', '2026-07-14T13:00:00Z', true],
    ['cron(* 9-16 ? * MON-FRI *)', '2026-02-14T15:00:00Z', false],
    ['cron(* 9-16 ? * 2-6 *)', '2026-02-10T15:00:00Z', true],
    ['cron(* 9-16 ? * FRI-MON *)', '2026-02-10T15:00:00Z', false],
    ['cron(* 9-16 ? * FRI-MON *)', '2026-02-15T15:00:00Z', true],
    ['cron(0/15 * * * ? *)', '2026-02-10T15:30:00Z', true],
    ['cron(0/15 * * * ? *)', '2026-02-10T15:31:00Z', false],
    ['cron(3,33 10 * * ? *)', '2026-02-10T15:33:00Z', true],
    ['cron(* * * FEB ? *)', '2026-02-10T15:00:00Z', true],
    ['cron(* * * JAN,MAR-DEC ? *)', '2026-02-10T15:00:00Z', false],
    ['cron(* * ? * * 2027-2030)', '2026-02-10T15:00:00Z', false],
    ['cron(* * L * ? *)', '2026-02-28T15:00:00Z', true],
    ['cron(* * L * ? *)', '2026-02-27T15:00:00Z', false],
    // 28 February 2026 is a Saturday, 1 March a Sunday
    ['cron(* * LW * ? *)', '2026-02-27T15:00:00Z', true],
    ['cron(* * 1W * ? *)', '2026-03-02T15:00:00Z', true],
    ['cron(* * ? * 3L *)', '2026-02-24T15:00:00Z', true],
    ['cron(* * ? * 3L *)', '2026-02-17T15:00:00Z', false],
    ['cron(* * ? * 3#2 *)', '2026-02-10T15:00:00Z', true],
    ['cron(* * ? * 3#2 *)', '2026-02-17T15:00:00Z', false],
    ['always', '2026-02-14T03:00:00Z', true],
  ])('%s at %s: %s', (expression, at, inside) => {
    expect(tradingWindowFault(expression)).toBeNull()
    expect(tradingWindow(expression, 'America/New_York')(instant(at))).toBe(inside)
  })

  it('is no rate', () => {
    expect(tradingWindowFault('rate(5 minutes)')).toMatch(/always/)
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
