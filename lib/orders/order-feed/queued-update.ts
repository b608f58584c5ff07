/**
 * A trade update from a queue, as a message of its topic (docs/architecture.md#order-feed).
 *
 * Invariant (docs/architecture.md#accounts-apart): the queue decides whether an update that names no account may
 * count for the default one, whatever the flags call the topics.
 */
import type { OrderFeedMessage } from '../../domain/order-event.ts'
import type { Settings } from '../../domain/settings.ts'

/** What the second topic is called where the flags do not say. */
export const SEVERAL_ACCOUNTS_TOPIC = 'torghut.trade-updates.v2'

interface QueueOfUpdates {
  /** Whether only updates of one account come this way; otherwise an update has to name its own. */
  readonly oneAccount: boolean
  readonly settings: Pick<Settings, 'accountLabel' | 'orderFeedTopic' | 'orderFeedTopicV2'>
}

export function queuedUpdate(value: string, { oneAccount, settings }: QueueOfUpdates): OrderFeedMessage {
  return oneAccount
    ? { topic: settings.orderFeedTopic, value, defaultAccountLabel: settings.accountLabel }
    : { topic: settings.orderFeedTopicV2 ?? SEVERAL_ACCOUNTS_TOPIC, value, defaultAccountLabel: null }
}
