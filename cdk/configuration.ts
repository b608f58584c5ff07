/**
 * What a deployment is told through CDK context (`-c name=value`, defaults in `cdk.json`), checked before
 * anything is built: all violations at once, each with what is allowed.
 */
import { RegionInfo } from 'aws-cdk-lib/region-info'
import { ACCOUNT_LABEL_ALLOWED, parseAccountLabel } from '../lib/domain/account-label.ts'
import { didYouMean } from '../lib/domain/did-you-mean.ts'
import { parseStage } from '../lib/deployment/names.ts'
import type { Stage } from '../lib/deployment/names.ts'
import { ConfigurationError } from '../lib/domain/errors.ts'
import type { Violation } from '../lib/domain/errors.ts'
import {
  minutesBetweenTicks,
  scheduleExpressionFault,
  tradingWindowFault,
} from '../lib/domain/schedule-expression.ts'
import { KEY_ARN, KEY_ARN_FORM } from './checked.ts'
import { forwarderConfiguration, type ForwarderConfiguration } from './forwarder-configuration.ts'
import { kafkaConfiguration, type KafkaConfiguration } from './kafka-configuration.ts'

export interface ScheduleConfiguration {
  /** How often the dispatcher is woken, at all hours: `cron(...)` or `rate(...)`. */
  readonly expression: string
  /** The most minutes between two ticks. */
  readonly everyMinutes: number
  /** When lanes run their cycles: `always` or `cron(...)`. Outside it open work is still looked after. */
  readonly tradingWindow: string
  /** IANA name; cron fields are read in it. */
  readonly timeZone: string
  readonly enabled: boolean
}

export interface DeploymentConfiguration {
  readonly stage: Stage
  readonly region: string
  /** Undefined without credentials, as for a mere `cdk synth`. */
  readonly account: string | undefined
  readonly schedule: ScheduleConfiguration
  readonly alarmEmail: string | null
  /** How long an open session may bring no signal before that is an alarm; 0: that is no alarm. */
  readonly noSignalsMinutes: number
  /** Every how many hours the topic of the alarms is told what was filled and rejected; 0: never. */
  readonly digestHours: number
  /** The key that credentials of an earlier deployment of the stage are encrypted with; null: one of its own. */
  readonly credentialsKeyArn: string | null
  /** The label of the account whose key reads bars for the deployment's own producer; null: there is none. */
  readonly marketDataAccount: string | null
  /** Whether the second trade-update queue (`TRADING_ORDER_FEED_TOPIC_V2`) exists. */
  readonly orderFeedV2: boolean
  /** Whether `ingest` may ask for ticks after signals (`TRADING_TICK_ON_SIGNAL`). */
  readonly tickOnSignal: boolean
  /** Null: no Kafka topic brings trade updates. */
  readonly kafka: KafkaConfiguration | null
  /** Null: no forwarder runs in this stage. */
  readonly forwarder: ForwarderConfiguration | null
  /** How many lanes may run at the same time: 2 to 1000. */
  readonly laneMaximumConcurrency: number
  /** How long signals, cycle records and order events are kept: 1 to 9999 days. */
  readonly retentionDays: number
  readonly logLevel: LogLevel
}

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** On the minute, at all hours: open orders and the kill switch are looked after at night, too. */
const DEFAULT_SCHEDULE = 'cron(* * * * ? *)'
/** From 9:00 to 16:59 on weekdays, New York time; the exchange calendar decides what is open. */
const DEFAULT_WINDOW = 'cron(* 9-16 ? * MON-FRI *)'
const DIGEST_HOURS: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 8, 12, 24])

/** Looks a context value up; undefined when it was not given. */
type Context = (name: string) => unknown

/**
 * @param environment `CDK_DEFAULT_REGION` and `CDK_DEFAULT_ACCOUNT`, as the CDK command line sets them
 * @throws ConfigurationError with every violation
 */
export function readConfiguration(
  context: Context,
  environment: Readonly<Record<string, string | undefined>>,
): DeploymentConfiguration {
  const violations: Violation[] = []
  const checked = <T>(path: string, found: unknown, allowed: string, value: T | null, hint?: string): T => {
    if (value !== null) return value
    violations.push({
      path,
      found: found === undefined ? 'nothing' : JSON.stringify(found),
      allowed,
      ...(hint === undefined ? {} : { didYouMean: hint }),
    })
    return found as T
  }
  const text = (name: string, fallback: string): string => {
    const found = context(name)
    return found === undefined ? fallback : typeof found === 'string' ? found : JSON.stringify(found)
  }
  const flag = (name: string, fallback: boolean): boolean => {
    const found = text(name, String(fallback))
    return checked(name, found, 'true, false', found === 'true' ? true : found === 'false' ? false : null)
  }

  const stage = context('stage')
  const region = context('region') ?? environment['CDK_DEFAULT_REGION']
  const expression = text('schedule', DEFAULT_SCHEDULE)
  const everyMinutes = minutesBetweenTicks(expression)
  const window = text('tradingWindow', DEFAULT_WINDOW)
  const windowFault = tradingWindowFault(window)
  const timeZone = text('scheduleTimeZone', 'America/New_York')
  const email = context('alarmEmail')
  const retentionDays = Number(text('retentionDays', '90'))
  const noSignalsMinutes = Number(text('noSignalsMinutes', '60'))
  const digestHours = Number(text('digestHours', '0'))
  const keyArn = text('credentialsKeyArn', '')
  const marketDataAccount = text('marketDataAccount', '')
  const concurrency = Number(text('laneMaximumConcurrency', '50'))
  const logLevel = text('logLevel', 'INFO')
  const logsFills = logLevel !== 'WARN' && logLevel !== 'ERROR'

  const orderFeedV2 = flag('orderFeedV2', false)
  const kafka = kafkaConfiguration(text, checked)

  const configuration: DeploymentConfiguration = {
    stage: checked(
      'stage',
      stage,
      'a lower-case letter, then at most 15 of a-z, 0-9 and "-", e.g. -c stage=dev',
      typeof stage === 'string' ? parseStage(stage) : null,
    ),
    region: checked(
      'region',
      region,
      'an AWS region, e.g. -c region=us-east-1',
      knownRegion(region),
      nearest(region),
    ),
    account: environment['CDK_DEFAULT_ACCOUNT'],
    schedule: {
      expression,
      everyMinutes: checked(
        'schedule',
        expression,
        scheduleExpressionFault(expression) ??
          'a tick at least every five minutes at all hours, e.g. rate(1 minute); when lanes run is tradingWindow',
        everyMinutes,
      ),
      tradingWindow: checked(
        'tradingWindow',
        window,
        windowFault ?? '',
        windowFault === null ? window : null,
      ),
      timeZone: checked(
        'scheduleTimeZone',
        timeZone,
        'an IANA time zone',
        isTimeZone(timeZone) ? timeZone : null,
      ),
      enabled: flag('scheduleEnabled', true),
    },
    alarmEmail:
      email === undefined || email === ''
        ? null
        : checked('alarmEmail', email, 'an e-mail address', isEmail(email) ? email : null),
    noSignalsMinutes: checked(
      'noSignalsMinutes',
      noSignalsMinutes,
      'a multiple of 5 up to 1440, or 0 for no such alarm',
      Number.isInteger(noSignalsMinutes / 5) && noSignalsMinutes >= 0 && noSignalsMinutes <= 1440
        ? noSignalsMinutes
        : null,
    ),
    digestHours: checked(
      'digestHours',
      digestHours,
      logsFills
        ? '1, 2, 3, 4, 6, 8, 12 or 24 hours, or 0 for none'
        : '0 with this logLevel: fills are logged as INFO',
      digestHours === 0 || (logsFills && DIGEST_HOURS.has(digestHours)) ? digestHours : null,
    ),
    credentialsKeyArn:
      checked(
        'credentialsKeyArn',
        keyArn,
        KEY_ARN_FORM,
        keyArn === '' || KEY_ARN.test(keyArn) ? keyArn : null,
      ) || null,
    marketDataAccount:
      checked(
        'marketDataAccount',
        marketDataAccount,
        `nothing, or ${ACCOUNT_LABEL_ALLOWED}`,
        marketDataAccount === '' ? '' : parseAccountLabel(marketDataAccount),
      ) || null,
    orderFeedV2,
    tickOnSignal: flag('tickOnSignal', false),
    kafka,
    forwarder: forwarderConfiguration(text, flag, checked, { orderFeedV2, hasKafkaSecret: kafka !== null }),
    laneMaximumConcurrency: checked(
      'laneMaximumConcurrency',
      concurrency,
      'a whole number from 2 to 1000',
      Number.isInteger(concurrency) && concurrency >= 2 && concurrency <= 1000 ? concurrency : null,
    ),
    retentionDays: checked(
      'retentionDays',
      retentionDays,
      'a whole number of days from 1 to 9999',
      Number.isInteger(retentionDays) && retentionDays >= 1 && retentionDays <= 9999 ? retentionDays : null,
    ),
    logLevel: checked(
      'logLevel',
      logLevel,
      LOG_LEVELS.join(', '),
      LOG_LEVELS.find((level) => level === logLevel) ?? null,
    ),
  }
  if (violations.length > 0) {
    throw new ConfigurationError('This deployment', violations, {
      advice: 'give context values as -c name=value',
    })
  }
  return configuration
}

function regionNames(): readonly string[] {
  return RegionInfo.regions.map(({ name }) => name)
}

function knownRegion(found: unknown): string | null {
  return typeof found === 'string' && regionNames().includes(found) ? found : null
}

function nearest(found: unknown): string | undefined {
  return typeof found === 'string' ? didYouMean(found, regionNames()) : undefined
}

function isTimeZone(name: string): boolean {
  return name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name)
}

function isEmail(found: unknown): found is string {
  return typeof found === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(found)
}
