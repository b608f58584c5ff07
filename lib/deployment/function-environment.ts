/**
 * The environment of each deployed function: one schema, which the CDK constructs must satisfy at compile time
 * and which the functions parse on start.
 *
 * Invariants: nothing secret is ever in here; flags and settings (`TRADING_*`) are not part of it, they are
 * read by `parse-settings.ts` with their own precedence (docs/architecture.md#flags).
 */
import * as z from 'zod/mini'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { STAGE_PATTERN } from './names.ts'
import type { FunctionName } from '../domain/deployment-parts.ts'

const text = z.string().check(z.minLength(1))
const path = z.string().check(z.regex(/^(?:\/[A-Za-z0-9._-]+)+$/, 'a path without a trailing slash'))
const url = z.string().check(z.regex(/^https?:\/\/\S+$/, 'a URL'))

/** How long signals, cycle records and order events are kept. */
const retentionDays = z._default(z.string().check(z.regex(/^[1-9]\d{0,3}$/, 'days, 1 to 9999')), '90')

const everyFunction = {
  TORGHUT_STAGE: z.string().check(z.regex(STAGE_PATTERN, 'a stage, e.g. dev or prod')),
  POWERTOOLS_SERVICE_NAME: text,
  POWERTOOLS_METRICS_NAMESPACE: text,
  POWERTOOLS_LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
} as const

const dispatchEnvironment = z.object({
  ...everyFunction,
  STATE_TABLE_NAME: text,
  LANE_QUEUE_URL: url,
  FLAGS_PATH: path,
})

const laneEnvironment = z.object({
  ...everyFunction,
  STATE_TABLE_NAME: text,
  SIGNAL_TABLE_NAME: text,
  FLAGS_PATH: path,
  CREDENTIALS_PATH: path,
  TORGHUT_RETENTION_DAYS: retentionDays,
  /** Equal sources, equal version: a hash over what is bundled into the lane. */
  TORGHUT_CODE_VERSION: z.string().check(z.regex(/^[0-9a-f]{8,64}$/, 'a hash in hexadecimal digits')),
})

const ingestEnvironment = z.object({
  ...everyFunction,
  SIGNAL_TABLE_NAME: text,
  TORGHUT_RETENTION_DAYS: retentionDays,
})

const orderFeedEnvironment = z.object({
  ...everyFunction,
  STATE_TABLE_NAME: text,
  FLAGS_PATH: path,
  TORGHUT_RETENTION_DAYS: retentionDays,
  /** The queue of the topic that carries one account alone: messages carry their queue's ARN, not a topic. */
  ORDER_FEED_QUEUE_ARN: text,
})

const schemas = {
  dispatch: dispatchEnvironment,
  lane: laneEnvironment,
  ingest: ingestEnvironment,
  'order-feed': orderFeedEnvironment,
} as const satisfies Record<FunctionName, z.ZodMiniObject>

export type FunctionEnvironment<Name extends FunctionName> = z.output<(typeof schemas)[Name]>

export type CommonEnvironment = Pick<FunctionEnvironment<'ingest'>, keyof typeof everyFunction>

/** What a construct still has to give, beyond what every function gets. */
export type OwnEnvironment<Name extends FunctionName> = Omit<
  FunctionEnvironment<Name>,
  keyof CommonEnvironment
>

/**
 * Parses a function's environment; other variables are ignored.
 * @throws ConfigurationError with every violation
 */
export function parseFunctionEnvironment<Name extends FunctionName>(
  name: Name,
  environment: Readonly<Record<string, string | undefined>>,
): FunctionEnvironment<Name> {
  const result = z.safeParse(schemas[name], environment)
  if (result.success) return result.data as FunctionEnvironment<Name>
  throw new ConfigurationError(
    `The environment of ${name}`,
    result.error.issues.map((issue) => violation(issue, environment)),
    { advice: 'deploy the stack again: it sets these variables' },
  )
}

function violation(
  issue: z.core.$ZodIssue,
  environment: Readonly<Record<string, string | undefined>>,
): Violation {
  const variable = issue.path.map(String).join('.')
  const found = environment[variable]
  return {
    path: variable,
    found: found === undefined ? 'nothing' : JSON.stringify(found),
    allowed: allowed(issue),
  }
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ')
  if (issue.code === 'invalid_format') return issue.message
  return 'a text that is not empty'
}
