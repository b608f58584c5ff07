/**
 * The environment of each deployed function: one schema, which the CDK constructs must satisfy at compile time
 * and which the functions parse on start.
 *
 * Invariants: nothing secret is ever in here; flags and settings (`TRADING_*`) are not part of it, they are
 * read by `parse-settings.ts` with their own precedence (docs/architecture.md#flags).
 */
import { ConfigurationError } from '../domain/errors.ts'
import {
  type Codec,
  type FieldCodecs,
  type ValueOf,
  decodeWith,
  oneOf,
  optional,
  orElse,
  text,
} from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'
import { STAGE_PATTERN } from './names.ts'
import type { FunctionName } from '../domain/deployment-parts.ts'

const word = text('a text that is not empty', /./s)
const path = text('a path without a trailing slash', /^(?:\/[A-Za-z0-9._-]+)+$/)
const url = text('a URL', /^https?:\/\/\S+$/)

/** How long signals, cycle records and order events are kept. */
const retentionDays = orElse(text('days, 1 to 9999', /^[1-9]\d{0,3}$/), '90')

/** Equal sources, equal version: a hash over what is bundled into the lane, the deployment's plugins among it. */
const codeVersion = text('a hash in hexadecimal digits', /^[0-9a-f]{8,64}$/)

const everyFunction = {
  TORGHUT_STAGE: text('a stage, e.g. dev or prod', STAGE_PATTERN),
  POWERTOOLS_SERVICE_NAME: word,
  POWERTOOLS_METRICS_NAMESPACE: word,
  POWERTOOLS_LOG_LEVEL: oneOf('DEBUG', 'INFO', 'WARN', 'ERROR'),
}

/** Of those that act with an account's key on both tables. */
const accountFunction = {
  ...everyFunction,
  STATE_TABLE_NAME: word,
  SIGNAL_TABLE_NAME: word,
  FLAGS_PATH: path,
  CREDENTIALS_PATH: path,
  TORGHUT_RETENTION_DAYS: retentionDays,
  TORGHUT_CODE_VERSION: codeVersion,
}

/** Variables stand under their own names, among others that are passed over. */
function variables<T extends object>(codecs: FieldCodecs<T>) {
  const names = Object.fromEntries(Object.keys(codecs).map((name) => [name, name]))
  return record<T>(codecs, { names: names as { [Name in keyof T]: string }, open: true })
}

const schemas = {
  dispatch: variables({
    ...everyFunction,
    STATE_TABLE_NAME: word,
    LANE_QUEUE_URL: url,
    FLAGS_PATH: path,
    /** When lanes run their cycles, in wall-clock time of the zone. The stack checks the expression. */
    TORGHUT_TRADING_WINDOW: orElse(text('always, or cron(...)', /^(?:always|cron\(.+\))$/), 'always'),
    TORGHUT_TIME_ZONE: orElse(word, 'UTC'),
  }),
  lane: variables(accountFunction),
  ingest: variables({
    ...everyFunction,
    SIGNAL_TABLE_NAME: word,
    TORGHUT_RETENTION_DAYS: retentionDays,
    /** Who ticks lanes after signals; nobody is asked if it is absent. */
    DISPATCH_FUNCTION_NAME: optional(word),
  }),
  'order-feed': variables({
    ...everyFunction,
    STATE_TABLE_NAME: word,
    FLAGS_PATH: path,
    TORGHUT_RETENTION_DAYS: retentionDays,
    /** The queue of the topic that carries one account alone: messages carry their queue's ARN, not a topic. */
    ORDER_FEED_QUEUE_ARN: word,
  }),
  digest: variables({
    ...everyFunction,
    ALARM_TOPIC_ARN: text('the ARN of a topic', /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/),
    TORGHUT_DIGEST_HOURS: text('hours, 1 to 24', /^(?:[1-9]|1\d|2[0-4])$/),
  }),
  'market-data': variables({
    ...accountFunction,
    DISPATCH_FUNCTION_NAME: optional(word),
  }),
} satisfies Record<FunctionName, unknown>

export type FunctionEnvironment<Name extends FunctionName> = ValueOf<(typeof schemas)[Name]>

export type CommonEnvironment = Pick<FunctionEnvironment<'ingest'>, keyof typeof everyFunction>

/** What a construct still has to give, beyond what every function gets; what may be absent is left out. */
export type OwnEnvironment<Name extends FunctionName> = LeftOut<
  Omit<FunctionEnvironment<Name>, keyof CommonEnvironment>
>

type LeftOut<Variables> = {
  readonly [Key in keyof Variables as null extends Variables[Key] ? never : Key]: Variables[Key]
} & {
  readonly [Key in keyof Variables as null extends Variables[Key] ? Key : never]?: NonNullable<Variables[Key]>
}

/**
 * Parses a function's environment; other variables are ignored.
 * @throws ConfigurationError with every violation
 */
export function parseFunctionEnvironment<Name extends FunctionName>(
  name: Name,
  environment: Readonly<Record<string, string | undefined>>,
): FunctionEnvironment<Name> {
  const decoded = decodeWith(schemas[name] as unknown as Codec<FunctionEnvironment<Name>>, environment)
  if (decoded.kind === 'value') return decoded.value
  throw new ConfigurationError(`The environment of ${name}`, decoded.violations, {
    advice: 'deploy the stack again: it sets these variables',
  })
}
