/** Which Kafka cluster a command line and the environment name, and what of it is refused. */
import { describe, expect, it } from 'vitest'
import { kafkaChoice, type KafkaOptions, updatesTopic } from '../../lib/cli/kafka-options.ts'
import { violationsOf } from '../support/violations.ts'

const BROKERS = 'one.example.com:9096,two.example.com:9096'
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_updates-a1B2c3'
const USER = { TORGHUT_KAFKA_USERNAME: 'forwarder', TORGHUT_KAFKA_PASSWORD: 'not to be shown' }

const refused = (options: KafkaOptions, environment: Record<string, string> = {}) =>
  violationsOf(() => kafkaChoice(options, environment)).map(({ path, found }) => `${path}: ${found}`)

describe('a cluster', () => {
  it('is none unless one is named', () => {
    expect(kafkaChoice({}, {})).toBeNull()
    expect(kafkaChoice({}, { PATH: '/bin', TORGHUT_KAFKA_BROKERS: '' })).toBeNull()
  })

  it('is reached with TLS by a user, unless something else is said', () => {
    expect(kafkaChoice({ kafkaBrokers: BROKERS }, USER)).toEqual({
      brokers: ['one.example.com:9096', 'two.example.com:9096'],
      security: 'SASL_SSL',
      authorityFile: null,
      sasl: { mechanism: 'SCRAM-SHA-512', user: { username: 'forwarder', password: 'not to be shown' } },
    })
    expect(kafkaChoice({ kafkaBrokers: BROKERS, kafkaSecret: SECRET }, {})?.sasl?.user).toEqual({
      secretArn: SECRET,
    })
  })

  it('can be named by the environment alone; the command line wins', () => {
    const environment = {
      TORGHUT_KAFKA_BROKERS: 'three.example.com:9092',
      TORGHUT_KAFKA_SECURITY_PROTOCOL: 'SSL',
      TORGHUT_KAFKA_CA_FILE: 'authority.pem',
    }
    const choice = { brokers: ['three.example.com:9092'], security: 'SSL', sasl: null }
    expect(kafkaChoice({}, environment)).toEqual({ ...choice, authorityFile: 'authority.pem' })
    const { TORGHUT_KAFKA_CA_FILE: _, ...without } = environment
    expect(kafkaChoice({ kafkaBrokers: BROKERS, kafkaSecurity: 'PLAINTEXT' }, without)).toMatchObject({
      brokers: BROKERS.split(','),
      security: 'PLAINTEXT',
      sasl: null,
    })
  })
})

describe('refused is', () => {
  it.each<[string, KafkaOptions, Record<string, string>, readonly string[]]>([
    [
      'a broker without its port',
      { kafkaBrokers: 'one.example.com' },
      USER,
      ['--kafka-brokers: "one.example.com"'],
    ],
    ['a user without a cluster', {}, USER, ['TORGHUT_KAFKA_BROKERS: nothing']],
    ['a cluster without a user', { kafkaBrokers: BROKERS }, {}, ['TORGHUT_KAFKA_SECRET_ARN: nothing']],
    [
      'a user by two ways',
      { kafkaBrokers: BROKERS, kafkaSecret: SECRET },
      USER,
      [`--kafka-secret: ${JSON.stringify(SECRET).slice(0, 60)}...`],
    ],
    [
      'half a user',
      { kafkaBrokers: BROKERS },
      { TORGHUT_KAFKA_USERNAME: 'forwarder' },
      ['TORGHUT_KAFKA_SECRET_ARN: nothing'],
    ],
    [
      'a secret that is no complete ARN',
      { kafkaBrokers: BROKERS, kafkaSecret: 'AmazonMSK_updates' },
      {},
      ['--kafka-secret: "AmazonMSK_updates"'],
    ],
    [
      'words that Kafka does not know',
      { kafkaBrokers: BROKERS, kafkaSecurity: 'sasl_ssl', kafkaSasl: 'SCRAM' },
      USER,
      ['--kafka-security: "sasl_ssl"', '--kafka-sasl: "SCRAM"'],
    ],
    [
      'a user that nobody asks for',
      { kafkaBrokers: BROKERS, kafkaSecurity: 'SSL' },
      USER,
      ['--kafka-security: "SSL"'],
    ],
    [
      'a password that everybody on the way can read',
      { kafkaBrokers: BROKERS, kafkaSecurity: 'SASL_PLAINTEXT', kafkaSasl: 'PLAIN' },
      USER,
      ['--kafka-sasl: "PLAIN"'],
    ],
    [
      'an authority without certificates',
      { kafkaBrokers: BROKERS, kafkaSecurity: 'PLAINTEXT' },
      { TORGHUT_KAFKA_CA_FILE: 'authority.pem' },
      ['TORGHUT_KAFKA_CA_FILE: "authority.pem"'],
    ],
    [
      'a variable that is misspelt',
      { kafkaBrokers: BROKERS },
      { ...USER, TORGHUT_KAFKA_SECURITY: 'SSL' },
      ['TORGHUT_KAFKA_SECURITY: a variable'],
    ],
  ])('%s', (_what, options, environment, found) => {
    expect(refused(options, environment)).toEqual(found)
  })
})

describe('the topic', () => {
  const settings = { orderFeedTopic: 'torghut.trade-updates.v1', orderFeedTopicV2: 'updates-of-all' }

  it("is the environment's, or the flag's, or what it is called where neither says", () => {
    expect(updatesTopic({ TOPIC_TRADE_UPDATES_V2: 'others' }, settings)).toBe('others')
    expect(updatesTopic({}, settings)).toBe('updates-of-all')
    expect(updatesTopic({}, { ...settings, orderFeedTopicV2: null })).toBe('torghut.trade-updates.v2')
  })

  it('is never the one whose updates name no account, nor what Kafka takes for none', () => {
    for (const topic of [settings.orderFeedTopic, 'a b']) {
      expect(violationsOf(() => updatesTopic({ TOPIC_TRADE_UPDATES_V2: topic }, settings))).toMatchObject([
        { path: 'TOPIC_TRADE_UPDATES_V2' },
      ])
    }
  })
})
