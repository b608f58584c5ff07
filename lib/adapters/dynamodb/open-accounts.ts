/**
 * The accounts that have open work, whatever any registry says: a scan of the sparse index of open executions, which
 * operators may afford and functions neither need nor may do.
 */
import { ScanCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { parseAccountLabel, type AccountLabel } from '../../domain/account-label.ts'
import { accountPartition } from './items/shared.ts'
import { dynamoFault } from './table/faults.ts'
import { OPEN_INDEX } from './table/item-table.ts'

const PREFIX = accountPartition('' as AccountLabel)

/** Sorted. @throws UnavailableError */
export async function openAccounts(client: DynamoDBClient, table: string): Promise<readonly AccountLabel[]> {
  const found = new Set<AccountLabel>()
  let start: Record<string, AttributeValue> | undefined
  do {
    const command = new ScanCommand({
      TableName: table,
      IndexName: OPEN_INDEX,
      ProjectionExpression: 'open_pk',
      ExclusiveStartKey: start,
    })
    const page = await client.send(command).catch((error: unknown) => {
      throw dynamoFault(error, 'a scan', table)
    })
    for (const item of page.Items ?? []) {
      const label = parseAccountLabel(item['open_pk']?.S?.slice(PREFIX.length) ?? '')
      if (label !== null) found.add(label)
    }
    start = page.LastEvaluatedKey
  } while (start !== undefined)
  return [...found].sort()
}
