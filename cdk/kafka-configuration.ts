/**
 * Which Kafka topics bring trade updates, as CDK context says it: `kafkaCluster` (an MSK cluster's ARN, or the bootstrap
 * servers of another), `kafkaSecretArn`, `kafkaSecretKeyArn` and `kafkaTopics`.
 */
import { KAFKA_BROKER, KAFKA_TOPIC, SECRET_ARN, SECRET_ARN_FORM } from '../lib/domain/kafka.ts'
import { KEY_ARN, KEY_ARN_FORM, type Checked } from './checked.ts'

export interface KafkaConfiguration {
  readonly cluster:
    | { readonly kind: 'msk'; readonly arn: string }
    | { readonly kind: 'self_managed'; readonly servers: readonly string[] }
  /** Of the user and password for SASL/SCRAM. */
  readonly secretArn: string
  /** The key that it is encrypted with, as MSK wants it; null: Secrets Manager's own. */
  readonly secretKeyArn: string | null
  readonly topics: readonly string[]
}

const CLUSTER_ARN = /^arn:aws[\w-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[\w-]+\/[\w-]+$/

/** Null: no topic brings updates. */
export function kafkaConfiguration(
  text: (name: string, fallback: string) => string,
  checked: Checked,
): KafkaConfiguration | null {
  const [cluster, secretArn, keyArn, topics] = [
    text('kafkaCluster', ''),
    text('kafkaSecretArn', ''),
    text('kafkaSecretKeyArn', ''),
    text('kafkaTopics', ''),
  ]
  if ([cluster, secretArn, keyArn, topics].every((one) => one === '')) return null
  const servers = cluster.split(',')
  const names = topics === '' ? ['torghut.trade-updates.v1'] : topics.split(',')
  return {
    cluster: checked(
      'kafkaCluster',
      cluster,
      'the ARN of an MSK cluster, or bootstrap servers such as one.example.com:9096,two.example.com:9096',
      CLUSTER_ARN.test(cluster)
        ? { kind: 'msk' as const, arn: cluster }
        : servers.every((server) => KAFKA_BROKER.test(server))
          ? { kind: 'self_managed' as const, servers }
          : null,
    ),
    secretArn: checked(
      'kafkaSecretArn',
      secretArn,
      SECRET_ARN_FORM,
      SECRET_ARN.test(secretArn) ? secretArn : null,
    ),
    secretKeyArn:
      checked(
        'kafkaSecretKeyArn',
        keyArn,
        KEY_ARN_FORM,
        keyArn === '' || KEY_ARN.test(keyArn) ? keyArn : null,
      ) || null,
    topics: checked(
      'kafkaTopics',
      topics,
      'names of topics, separated by commas',
      names.every((name) => KAFKA_TOPIC.test(name)) ? names : null,
    ),
  }
}
