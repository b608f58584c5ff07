/** The order feed as it is deployed: one function behind its queue and behind a topic. */
import type { Context } from 'aws-lambda'
import {
  consumeKafka,
  type KafkaBatchResponse,
  type KafkaEvent,
} from '../../../functions/wiring/consume-kafka.ts'
import { orderFeedFleet } from '../../../lib/lanes/order-feed-fleet.ts'
import { applyTradeUpdate } from '../../../lib/orders/order-feed/apply.ts'
import { queuedUpdate } from '../../../lib/orders/order-feed/queued-update.ts'
import type { QueuedMessage } from './fifo-queue.ts'
import { consume, type FunctionDeps, kept } from './functions.ts'
import type { Host } from './host.ts'
import { UPDATE_QUEUE } from './stage-names.ts'

/** Returns the ids of the messages that failed. */
export async function orderFeedFunction(
  host: Host,
  deps: FunctionDeps,
  messages: readonly QueuedMessage[],
): Promise<readonly string[]> {
  const take = updatesTaken(host, deps)
  return consume(host, deps, messages, UPDATE_QUEUE, ({ body }) => take(body, () => false))
}

/** The same function behind a topic of Kafka's. */
export async function orderFeedFromTopic(
  host: Host,
  deps: FunctionDeps,
  event: KafkaEvent,
  context: Context,
): Promise<KafkaBatchResponse> {
  const take = updatesTaken(host, deps)
  return consumeKafka(event, context, deps.telemetry, ({ topic, text }) => take(text, (v1) => topic === v1))
}

/** One batch's updates are taken in this way. */
function updatesTaken(host: Host, deps: FunctionDeps) {
  const { stores, flags } = kept(host, deps)
  const fleet = orderFeedFleet({
    environment: deps.environment,
    flags,
    roster: stores.roster,
    clock: host.clock,
  })
  return async (body: string, isOfOneAccount: (v1: string) => boolean): Promise<void> => {
    const settings = await fleet.settings()
    const oneAccount = isOfOneAccount(settings.orderFeedTopic)
    await applyTradeUpdate(queuedUpdate(body, { oneAccount, settings }), {
      executions: stores.executions,
      events: stores.orderEvents,
      unmatched: stores.unmatchedOrders,
      clock: host.clock,
      telemetry: deps.telemetry,
      knowsAccount: fleet.knowsAccount,
    })
  }
}
