/**
 * Appends signals to the log of their source (docs/architecture.md#ingest). Thin: parse, wire, call the
 * library.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { dynamoClient } from '../lib/adapters/dynamodb/table/client.ts'
import { DynamoSignalRows } from '../lib/adapters/dynamodb/signal-rows.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { DynamoQuarantine } from '../lib/adapters/dynamodb/quarantine.ts'
import { countsAsPast } from '../lib/strategy/history.ts'
import { StoredSignalLog } from '../lib/signals/stored-signal-log.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { ingestMessage, type IngestDeps } from '../lib/signals/ingest-message.ts'
import { consumeFifo } from './wiring/consume-fifo.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { askForTicks, StoredPositions } from '../lib/signals/stored-positions.ts'
import { dispatchAsker } from './wiring/dispatch-asker.ts'
import { observe } from './wiring/process.ts'

const environment = parseFunctionEnvironment('ingest', process.env)
const { logger, metrics, telemetry } = observe(environment)
const retentionDays = Number(environment.TORGHUT_RETENTION_DAYS)
const table = new ItemTable(dynamoClient(), environment.SIGNAL_TABLE_NAME)
const deps: IngestDeps = {
  clock: systemClock,
  signals: new StoredSignalLog(new DynamoSignalRows(table), systemClock, retentionDays, countsAsPast),
  quarantine: new DynamoQuarantine(table, systemClock, retentionDays),
  telemetry,
}

const dispatcher = dispatchAsker(environment.DISPATCH_FUNCTION_NAME)

export const handler = middy<SQSEvent, SQSBatchResponse>(async (event: SQSEvent, context: Context) => {
  const stored = new StoredPositions()
  const response = await consumeFifo(event, context, telemetry, ({ body, attributes }) =>
    ingestMessage(
      {
        text: body,
        origin: attributes.MessageGroupId ?? 'unknown',
        redelivered: Number(attributes.ApproximateReceiveCount) > 1,
        remainingMs: () => context.getRemainingTimeInMillis(),
      },
      { ...deps, stored },
    ),
  )
  await askForTicks(stored, 'ingest', { dispatcher, clock: systemClock, telemetry })
  return response
})
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
