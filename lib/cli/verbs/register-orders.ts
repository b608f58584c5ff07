/** The verbs of what the brokers of a stage's accounts hold. */
import { integer, label } from '../../flags/kinds.ts'
import { addVerb, needsStage, optionOf, verbGroup, type VerbRegistrar } from '../verb.ts'

const ACCOUNT = 'of this account only'

export const registerOrders: VerbRegistrar = (program, run) => {
  const group = verbGroup(program, 'orders', 'the open orders of the accounts, as their brokers have them')
  const list = addVerb(group, 'list', {
    description: 'list open orders and whose they are; exit code 3 when a broker cannot be asked',
    examples: ['torghut orders --stage dev', 'torghut orders --account paper --stage dev --json'],
    isDefault: true,
  }).option('--account <label>', ACCOUNT, optionOf(label))
  const cancel = addVerb(group, 'cancel <label> [ids...]', {
    description:
      'cancel open orders by either of their ids, or all of our own; wants the label typed, or --confirm',
    examples: [
      'torghut orders cancel paper --stage dev --confirm paper',
      'torghut orders cancel paper tg-0123... --stage dev --confirm paper',
      'torghut orders cancel paper --all --stage dev --confirm paper',
    ],
  })
    .option('--all', "everybody's, by one request")
    .option('--confirm <label>', 'the account label, typed in advance')
  run(needsStage(list), async () => (await import('./orders.ts')).listOrders)
  run(needsStage(cancel), async () => (await import('./orders.ts')).cancelOpen)
}

export const registerPositions: VerbRegistrar = (program, run) => {
  const positions = addVerb(program, 'positions', {
    description:
      'the positions of the accounts, as their brokers have them; exit code 3 when one cannot be asked',
    examples: ['torghut positions --stage dev', 'torghut positions --account paper --stage dev --json'],
  }).option('--account <label>', ACCOUNT, optionOf(label))
  run(needsStage(positions), async () => (await import('./orders.ts')).listPositions)
}

export const registerForward: VerbRegistrar = (program, run) => {
  const verb = addVerb(program, 'forward', {
    description:
      "put an account's trade updates from its broker's stream on the second topic, until interrupted",
    examples: [
      'torghut forward --account paper --stage dev',
      'torghut forward --account paper --stage dev --once',
      'TORGHUT_ACCOUNT_LABEL=paper torghut forward --stage prod --health-port 8080',
      'torghut forward --account paper --stage prod --kafka-brokers one.example.com:9096,two.example.com:9096',
    ],
  })
    .option('--account <label>', 'the account; default: TORGHUT_ACCOUNT_LABEL', optionOf(label))
    .option('--once', 'make up for what was missed, then end')
    .option(
      '--health-port <port>',
      'answer at this port of 127.0.0.1 whether it listens',
      optionOf(integer(1, 65_535)),
    )
    .option(
      '--kafka-brokers <list>',
      "put them on a Kafka cluster's topic instead of the queue; default: TORGHUT_KAFKA_BROKERS",
    )
    .option('--kafka-security <protocol>', 'SASL_SSL, SSL, SASL_PLAINTEXT or PLAINTEXT; default: SASL_SSL')
    .option('--kafka-sasl <mechanism>', 'SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN; default: SCRAM-SHA-512')
    .option(
      '--kafka-secret <arn>',
      'the secret with username and password; or TORGHUT_KAFKA_USERNAME and TORGHUT_KAFKA_PASSWORD',
    )
  run(needsStage(verb), async () => (await import('./forward.ts')).forwardAccount)
}

export const registerStream: VerbRegistrar = (program, run) => {
  const verb = addVerb(program, 'stream', {
    description:
      "put bars from the market's streams into the log as signals the moment they close, until interrupted",
    examples: ['torghut stream --stage dev', 'TORGHUT_STAGE=prod torghut stream --health-port 8081'],
  }).option(
    '--health-port <port>',
    'answer at this port of 127.0.0.1 whether it listens',
    optionOf(integer(1, 65_535)),
  )
  run(needsStage(verb), async () => (await import('./stream.ts')).streamMarket)
}
