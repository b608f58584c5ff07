/**
 * The cluster that a command line or the environment names (docs/forwarder.md#kafka). Pure: what it reads elsewhere, a
 * secret or a file, it names. Passwords come by the environment or a secret, never by the command line, which others see.
 */
import { didYouMean } from '../domain/did-you-mean.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import {
  KAFKA_BROKER,
  KAFKA_TOPIC,
  SASL_MECHANISMS,
  SECRET_ARN,
  SECRET_ARN_FORM,
  SECURITY_PROTOCOLS,
  type KafkaUser,
  type SaslMechanism,
  type SecurityProtocol,
} from '../domain/kafka.ts'
import type { Settings } from '../domain/settings.ts'
import { describeFound, violation } from '../formats/violations.ts'
import { SEVERAL_ACCOUNTS_TOPIC } from '../orders/order-feed/queued-update.ts'

export interface KafkaOptions {
  readonly kafkaBrokers?: string
  readonly kafkaSecurity?: string
  readonly kafkaSasl?: string
  readonly kafkaSecret?: string
}

export interface KafkaChoice {
  readonly brokers: readonly string[]
  readonly security: SecurityProtocol
  readonly authorityFile: string | null
  /** Null: nobody is asked who they are. */
  readonly sasl: {
    readonly mechanism: SaslMechanism
    /** The user, or where it is kept. */
    readonly user: KafkaUser | { readonly secretArn: string }
  } | null
}

type Environment = Readonly<Record<string, string | undefined>>

export const TOPIC_VARIABLE = 'TOPIC_TRADE_UPDATES_V2'
const PREFIX = 'TORGHUT_KAFKA_'
const VARIABLES = {
  brokers: `${PREFIX}BROKERS`,
  security: `${PREFIX}SECURITY_PROTOCOL`,
  mechanism: `${PREFIX}SASL_MECHANISM`,
  secretArn: `${PREFIX}SECRET_ARN`,
  username: `${PREFIX}USERNAME`,
  password: `${PREFIX}PASSWORD`,
  authorityFile: `${PREFIX}CA_FILE`,
} as const

/** A text, and where it was given. */
interface Given {
  readonly path: string
  readonly text: string | undefined
}

/** Null: no cluster is named. @throws ConfigurationError with every violation */
export function kafkaChoice(options: KafkaOptions, environment: Environment): KafkaChoice | null {
  const given = givenOf(options, environment)
  const { brokers, security, mechanism, authorityFile } = given
  const names = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && environment[name])
  if (names.length === 0 && Object.values(given).every(({ text }) => text === undefined)) return null
  const violations: Violation[] = []
  const refuse: Refuse = ({ path, text }, allowed, hint) => {
    violations.push(violation(path, describeFound(text), allowed, hint))
  }
  const known: readonly string[] = Object.values(VARIABLES)
  for (const name of names.filter((one) => !known.includes(one))) {
    violations.push(violation(name, 'a variable', known.join(', '), didYouMean(name, known)))
  }
  const servers = brokers.text?.split(',') ?? []
  if (servers.length === 0 || !servers.every((server) => KAFKA_BROKER.test(server))) {
    refuse(brokers, 'bootstrap servers such as one.example.com:9096,two.example.com:9096')
  }
  const protocol = oneOf(security, SECURITY_PROTOCOLS, refuse)
  const sasl = { mechanism: oneOf(mechanism, SASL_MECHANISMS, refuse), user: userOf(given, protocol, refuse) }
  if (protocol === 'SASL_PLAINTEXT' && sasl.mechanism === 'PLAIN') {
    refuse(mechanism, 'SCRAM-SHA-512, SCRAM-SHA-256: without TLS everybody on the way reads the password')
  }
  if (authorityFile.text !== undefined && !protocol.endsWith('SSL')) {
    refuse(authorityFile, `nothing with ${protocol}, which knows no certificates`)
  }
  if (violations.length > 0) throw new ConfigurationError('The Kafka cluster', violations)
  return {
    brokers: servers,
    security: protocol,
    authorityFile: authorityFile.text ?? null,
    sasl: sasl.user === null ? null : { ...sasl, user: sasl.user },
  }
}

type Refuse = (given: Given, allowed: string, hint?: string) => void

function givenOf(
  { kafkaBrokers, kafkaSecurity, kafkaSasl, kafkaSecret }: KafkaOptions,
  environment: Environment,
): Readonly<Record<keyof typeof VARIABLES, Given>> {
  const from = (name: keyof typeof VARIABLES, option?: string, text?: string): Given => {
    if (option !== undefined && text !== undefined) return { path: option, text }
    return { path: VARIABLES[name], text: environment[VARIABLES[name]] || undefined }
  }
  return {
    brokers: from('brokers', '--kafka-brokers', kafkaBrokers),
    security: from('security', '--kafka-security', kafkaSecurity),
    mechanism: from('mechanism', '--kafka-sasl', kafkaSasl),
    secretArn: from('secretArn', '--kafka-secret', kafkaSecret),
    username: from('username'),
    password: from('password'),
    authorityFile: from('authorityFile'),
  }
}

/** The first word where none is given. */
function oneOf<Word extends string>(given: Given, words: readonly [Word, ...Word[]], refuse: Refuse): Word {
  const text = given.text ?? words[0]
  const known = words.find((word) => word === text)
  if (known === undefined) refuse(given, words.join(', '), didYouMean(text, words))
  return known ?? words[0]
}

/** Null: nobody is asked who they are. */
function userOf(
  { security, mechanism, secretArn, username, password }: ReturnType<typeof givenOf>,
  protocol: SecurityProtocol,
  refuse: Refuse,
): NonNullable<KafkaChoice['sasl']>['user'] | null {
  const inEnvironment = [username, password].filter(({ text }) => text !== undefined)
  if (!protocol.startsWith('SASL_')) {
    const surplus = [secretArn, mechanism, ...inEnvironment].some(({ text }) => text !== undefined)
    if (surplus) refuse({ ...security, text: protocol }, 'SASL_SSL, SASL_PLAINTEXT where there is a user')
    return null
  }
  if (secretArn.text !== undefined && inEnvironment.length === 0) {
    if (!SECRET_ARN.test(secretArn.text)) refuse(secretArn, SECRET_ARN_FORM)
    return { secretArn: secretArn.text }
  }
  if (secretArn.text === undefined && username.text !== undefined && password.text !== undefined) {
    return { username: username.text, password: password.text }
  }
  const { username: name, password: its } = VARIABLES
  refuse(secretArn, `either a secret's ARN or ${name} with ${its}, for ${protocol}`)
  return null
}

/** The topic of updates that name their account. @throws ConfigurationError */
export function updatesTopic(
  environment: Environment,
  { orderFeedTopic, orderFeedTopicV2 }: Pick<Settings, 'orderFeedTopic' | 'orderFeedTopicV2'>,
): string {
  const topic = environment[TOPIC_VARIABLE] || orderFeedTopicV2 || SEVERAL_ACCOUNTS_TOPIC
  if (KAFKA_TOPIC.test(topic) && topic !== orderFeedTopic) return topic
  const allowed = `the name of a topic other than ${orderFeedTopic}, which names no accounts`
  throw new ConfigurationError('The topic', [violation(TOPIC_VARIABLE, describeFound(topic), allowed)])
}
