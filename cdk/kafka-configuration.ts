/**
 * Which Kafka topics bring trade updates, as CDK context says it: `kafkaCluster` (an MSK cluster's ARN, or the bootstrap
 * servers of another), `kafkaSecretArn` and `kafkaTopics`.
 */
export interface KafkaConfiguration {
  readonly cluster:
    | { readonly kind: 'msk'; readonly arn: string }
    | { readonly kind: 'self_managed'; readonly servers: readonly string[] }
  /** Of the user and password for SASL/SCRAM. */
  readonly secretArn: string
  readonly topics: readonly string[]
}

/** One thing that cannot be used, as `readConfiguration` reports it. */
type Checked = <T>(path: string, found: unknown, allowed: string, value: T | null) => T

const CLUSTER_ARN = /^arn:aws[\w-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[\w-]+\/[\w-]+$/
const SERVER = /^[A-Za-z0-9.-]+:\d{1,5}$/
const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/
/** What Kafka takes as a topic's name. */
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/

/** Null: no topic brings updates. */
export function kafkaConfiguration(
  text: (name: string, fallback: string) => string,
  checked: Checked,
): KafkaConfiguration | null {
  const [cluster, secretArn, topics] = [
    text('kafkaCluster', ''),
    text('kafkaSecretArn', ''),
    text('kafkaTopics', ''),
  ]
  if (cluster === '' && secretArn === '' && topics === '') return null
  const servers = cluster.split(',')
  const names = topics === '' ? ['torghut.trade-updates.v1'] : topics.split(',')
  return {
    cluster: checked(
      'kafkaCluster',
      cluster,
      'the ARN of an MSK cluster, or bootstrap servers such as one.example.com:9096,two.example.com:9096',
      CLUSTER_ARN.test(cluster)
        ? { kind: 'msk' as const, arn: cluster }
        : servers.every((server) => SERVER.test(server))
          ? { kind: 'self_managed' as const, servers }
          : null,
    ),
    secretArn: checked(
      'kafkaSecretArn',
      secretArn,
      'the complete ARN of a secret with username and password, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>',
      SECRET_ARN.test(secretArn) ? secretArn : null,
    ),
    topics: checked(
      'kafkaTopics',
      topics,
      'names of topics, separated by commas',
      names.every((name) => TOPIC.test(name)) ? names : null,
    ),
  }
}
