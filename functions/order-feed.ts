/** Applies trade updates to executions (docs/architecture.md#order-feed). Thin: parse, wire, call the library. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { DynamoAccountRoster } from '../lib/adapters/dynamodb/account-roster.ts'
import { dynamoClient } from '../lib/adapters/dynamodb/table/client.ts'
import { DynamoExecutionStore } from '../lib/adapters/dynamodb/execution-store.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { DynamoOrderEventStore } from '../lib/adapters/dynamodb/order-event-store.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { DynamoUnmatchedOrderStore } from '../lib/adapters/dynamodb/unmatched-order-store.ts'
import { ParameterFlagSource } from '../lib/adapters/ssm/flag-source.ts'
import { orderFeedFleet, type OrderFeedFleet } from '../lib/lanes/order-feed-fleet.ts'
import { applyTradeUpdate } from '../lib/orders/order-feed/apply.ts'
import { queuedUpdate } from '../lib/orders/order-feed/queued-update.ts'
import { consumeFifo } from './wiring/consume-fifo.ts'
import { consumeKafka, isKafka, type KafkaBatchResponse, type KafkaEvent } from './wiring/consume-kafka.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { observe } from './wiring/process.ts'
import { parameterAccess } from './wiring/parameters.ts'

const environment = parseFunctionEnvironment('order-feed', process.env)
const { logger, metrics, telemetry } = observe(environment)
const table = new ItemTable(dynamoClient(), environment.STATE_TABLE_NAME)
const fleetDeps = {
  environment: process.env,
  flags: new ParameterFlagSource(parameterAccess(), environment.FLAGS_PATH),
  roster: new DynamoAccountRoster(table, systemClock),
  clock: systemClock,
}
const retentionDays = Number(environment.TORGHUT_RETENTION_DAYS)
const stores = {
  executions: new DynamoExecutionStore(table),
  events: new DynamoOrderEventStore(table, systemClock, retentionDays),
  unmatched: new DynamoUnmatchedOrderStore(table, systemClock, retentionDays),
}

async function take(
  text: string,
  fleet: OrderFeedFleet,
  isOfOneAccount: (v1: string) => boolean,
): Promise<void> {
  const settings = await fleet.settings()
  const oneAccount = isOfOneAccount(settings.orderFeedTopic)
  await applyTradeUpdate(queuedUpdate(text, { oneAccount, settings }), {
    ...stores,
    clock: systemClock,
    telemetry,
    knowsAccount: fleet.knowsAccount,
  })
}

async function consume(
  event: SQSEvent | KafkaEvent,
  context: Context,
): Promise<SQSBatchResponse | KafkaBatchResponse> {
  const fleet = orderFeedFleet(fleetDeps)
  if (isKafka(event)) {
    return consumeKafka(event, context, telemetry, ({ topic, text }) =>
      take(text, fleet, (v1) => topic === v1),
    )
  }
  return consumeFifo(event, context, telemetry, ({ body, eventSourceARN }) =>
    take(body, fleet, () => eventSourceARN === environment.ORDER_FEED_QUEUE_ARN),
  )
}

export const handler = middy(consume).use(injectLambdaContext(logger)).use(logMetrics(metrics))
