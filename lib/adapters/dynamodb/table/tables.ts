/**
 * The two tables as a laptop and the tests create them; the deployed ones are described in the stack
 * (docs/architecture.md#state). Idempotent.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { dynamoFault } from './faults.ts'
import { OPEN_INDEX } from './item-table.ts'

export interface TableNames {
  readonly state: string
  readonly signals: string
}

const MAX_WAIT_SECONDS = 30
const POLL_SECONDS = { minDelay: 0.01, maxDelay: 1 }

export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  await createTable(client, {
    TableName: names.state,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'open_pk', AttributeType: 'S' },
      { AttributeName: 'open_sk', AttributeType: 'S' },
    ],
    KeySchema: keySchema('pk', 'sk'),
    GlobalSecondaryIndexes: [
      {
        IndexName: OPEN_INDEX,
        KeySchema: keySchema('open_pk', 'open_sk'),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  await createTable(client, {
    TableName: names.signals,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
    ],
    KeySchema: keySchema('pk', 'sk'),
  })
}

function keySchema(hash: string, range: string): CreateTableCommandInput['KeySchema'] {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ]
}

async function createTable(client: DynamoDBClient, input: CreateTableCommandInput): Promise<void> {
  const table = input.TableName ?? ''
  try {
    const { TableDescription: created } = await client.send(new CreateTableCommand(input))
    if (created?.TableStatus === 'ACTIVE') return
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw dynamoFault(error, 'creation', table)
  }
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_SECONDS, ...POLL_SECONDS }, { TableName: table })
}
