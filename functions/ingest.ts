/** Appends signals to the log of their source (design section 2). Thin: parse, wire, call the library. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { dynamoClient } from '../lib/adapters/dynamodb/client.ts'
import { DynamoSignalRows } from '../lib/adapters/dynamodb/dynamo-signal-rows.ts'
import { ItemTable } from '../lib/adapters/dynamodb/item-table.ts'
import { DynamoQuarantine } from '../lib/adapters/dynamodb/quarantine.ts'
import { StoredSignalLog } from '../lib/adapters/dynamodb/signal-log.ts'
import { parseFunctionEnvironment } from '../lib/config/function-environment.ts'
import { ingestMessage, type IngestDeps } from '../lib/ingest/ingest-message.ts'
import { consumeFifo } from './wiring/consume-fifo.ts'
import { observe, systemClock } from './wiring/process.ts'

const environment = parseFunctionEnvironment('ingest', process.env)
const { logger, metrics, telemetry } = observe(environment)
const retentionDays = Number(environment.TORGHUT_RETENTION_DAYS)
const table = new ItemTable(dynamoClient(), environment.SIGNAL_TABLE_NAME)
const deps: IngestDeps = {
  signals: new StoredSignalLog(new DynamoSignalRows(table), systemClock, retentionDays),
  quarantine: new DynamoQuarantine(table, systemClock, retentionDays),
  telemetry,
}

export const handler = middy<SQSEvent, SQSBatchResponse>((event: SQSEvent, context: Context) =>
  consumeFifo(event, context, telemetry, ({ body, attributes }) =>
    ingestMessage(body, attributes.MessageGroupId ?? 'unknown', deps),
  ),
)
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
