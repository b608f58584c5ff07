/** Where the forwarder puts updates: the stage's second queue, or the topic of a Kafka cluster (docs/forwarder.md#kafka). */
import { SEND_WITHIN_MS } from '../../operations/forward-updates.ts'
import type { Deployment } from '../../operations/deployment.ts'
import type { KafkaConnection, KafkaUser } from '../../domain/kafka.ts'
import type { Settings } from '../../domain/settings.ts'
import type { OpenQueue } from '../../ports/queue.ts'
import type { CliContext } from '../context.ts'
import { kafkaChoice, updatesTopic, type KafkaChoice, type KafkaOptions } from '../kafka-options.ts'
import { readTextFile } from '../terminal/input-file.ts'

/** @throws ConfigurationError for what is no cluster, topic, queue or user; UnavailableError */
export async function openDestination(
  { environment, folder }: Pick<CliContext, 'environment' | 'folder'>,
  options: KafkaOptions,
  deployment: Pick<Deployment, 'queues' | 'openTopic' | 'readUserSecret'>,
  settings: Pick<Settings, 'orderFeedTopic' | 'orderFeedTopicV2'>,
): Promise<OpenQueue> {
  const choice = kafkaChoice(options, environment)
  if (choice === null) {
    const queue = await deployment.queues.sender('order-feed-v2', SEND_WITHIN_MS)
    return { send: (messages) => queue.send(messages), close: async () => {} }
  }
  const topic = updatesTopic(environment, settings)
  return deployment.openTopic(await connectionOf(choice, deployment, folder), topic, SEND_WITHIN_MS)
}

async function connectionOf(
  { brokers, security, authorityFile, sasl }: KafkaChoice,
  { readUserSecret }: Pick<Deployment, 'readUserSecret'>,
  folder: string,
): Promise<KafkaConnection> {
  const userOf = async (user: NonNullable<KafkaChoice['sasl']>['user']): Promise<KafkaUser> =>
    'secretArn' in user ? readUserSecret(user.secretArn) : user
  const authority = authorityFile === null ? null : await readTextFile(authorityFile, folder)
  return {
    brokers,
    tls: security.endsWith('SSL') ? { authority } : null,
    sasl: sasl === null ? null : { mechanism: sasl.mechanism, ...(await userOf(sasl.user)) },
  }
}
