/**
 * Rows as the single-account system had them: what the account-scoped items are, under `single#<table>` and without
 * the account.
 */
import type { DynamoDBClient, WriteRequest } from '@aws-sdk/client-dynamodb'
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { decisionItem } from '../../lib/adapters/dynamodb/items/decision-item.ts'
import { executionItem, orderPointerItem } from '../../lib/adapters/dynamodb/items/execution-item.ts'
import { laneItem } from '../../lib/adapters/dynamodb/items/lane-item.ts'
import { orderEventItem } from '../../lib/adapters/dynamodb/order-event-store.ts'
import { type Item, keyOf } from '../../lib/adapters/dynamodb/table/item.ts'
import { asAlpacaOrderId } from '../../lib/domain/ids.ts'
import { fingerprint } from '../../lib/orders/order-feed/stored-updates.ts'
import type { SingleTable } from '../../lib/ports/single-rows.ts'
import { aDecision, aLane, ALPHA, anOrderEvent, anExecution } from './state-samples.ts'

/** Rows of one decision, beside the cursor: decision, execution, pointer and event. */
export const ROWS_OF_A_DECISION = 4

/** An account-scoped item as a row; with a label where the row names its account already. */
export function asRow(table: SingleTable, item: Item, label?: string): Item {
  const { open_pk: _, open_sk: __, alpaca_account_label: ___, account_label: ____, ...content } = item
  const id = keyOf(item).sk.slice(table.length + 1)
  return {
    ...content,
    pk: `single#${table}`,
    sk: id,
    ...(label !== undefined && { alpaca_account_label: label }),
  }
}

/** The rows of one decision. @param label the account that the decision names; without it none does */
export function rowsOfDecision(seq: number, label?: string): readonly Item[] {
  const decision = aDecision(seq)
  const order = asAlpacaOrderId(`order-${seq}`)
  const execution = anExecution({ state: 'filled', alpacaOrderId: order, claim: null }, decision)
  const event = anOrderEvent({ alpacaOrderId: order, clientOrderId: execution.clientOrderId, feedSeq: seq })
  return [
    asRow('trade_decisions', decisionItem.encode(decision), label),
    asRow('executions', executionItem.encode(execution)),
    asRow(
      'alpaca_order',
      orderPointerItem.encode({
        accountLabel: ALPHA,
        alpacaOrderId: order,
        clientOrderId: execution.clientOrderId,
      }),
    ),
    asRow(
      'execution_order_events',
      orderEventItem.encode({ ...event, orderKey: order, fingerprint: fingerprint(event) }),
    ),
  ]
}

export function cursorRow(source = 'ta'): Item {
  return asRow('trade_cursor', laneItem.encode(aLane({ source })))
}

/** Writes rows in batches of 25, which is what DynamoDB takes. */
export async function writeRows(
  client: DynamoDBClient,
  table: string,
  rows: Iterable<Item>,
): Promise<number> {
  let batch: WriteRequest[] = []
  let written = 0
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: batch } }))
    written += batch.length
    batch = []
  }
  for (const row of rows) {
    batch.push({ PutRequest: { Item: marshall(row) } })
    if (batch.length === 25) await flush()
  }
  await flush()
  return written
}
