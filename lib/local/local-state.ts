/** The state stores on this machine: DynamoDB inside the process, kept in the state folder. */
import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  TableStatus,
} from '@aws-sdk/client-dynamodb'
import { rm } from 'node:fs/promises'
import { dynamoStores } from '../adapters/dynamodb/stores.ts'
import { ItemTable } from '../adapters/dynamodb/table/item-table.ts'
import { createTables } from '../adapters/dynamodb/table/tables.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { repairOpenIndex } from './repair-open-index.ts'
import { type EmbeddedDynamo, embeddedClient, startEmbeddedDynamo } from './embedded-dynamodb.ts'

const TABLES = { state: 'torghut-state', signals: 'torghut-signals' }
/** Simulated time runs through years in seconds; nothing may expire on the way. */
const RETENTION = null

export interface LocalState {
  readonly stores: StateStores
  readonly endpoint: string
  close(): Promise<void>
}

/**
 * Opens the state of a folder. `accounts` are those whose index of open executions is brought in line with their
 * items first, which a process that was killed may have left apart. Without `keepsHistory` signals are stored for runs
 * of which no strategy looks back.
 * @throws InUseError when another process has the folder open, StateError when it cannot be used
 */
export async function openLocalState(
  folder: string,
  clock: Clock,
  accounts: readonly AccountLabel[] = [],
  keepsHistory = true,
): Promise<LocalState> {
  const database = await startWithTables(folder)
  try {
    await repairOpenIndex(new ItemTable(database.client, TABLES.state), accounts)
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    stores: storesOf(database.client, clock, keepsHistory),
    endpoint: database.endpoint,
    close: database.close,
  }
}

/**
 * A process that was killed while it made the tables leaves one that never becomes active. Nothing was stored
 * then: tables come before everything else, so the database is begun anew.
 */
async function startWithTables(folder: string): Promise<EmbeddedDynamo> {
  const database = await startEmbeddedDynamo(folder)
  try {
    if (!(await hasUnfinishedTable(database.client))) {
      await createTables(database.client, TABLES)
      return database
    }
  } catch (error) {
    await database.close()
    throw error
  }
  await database.close()
  await rm(folder, { recursive: true, force: true })
  return startWithTables(folder)
}

async function hasUnfinishedTable(client: DynamoDBClient): Promise<boolean> {
  for (const TableName of Object.values(TABLES)) {
    const status = await client.send(new DescribeTableCommand({ TableName })).then(
      ({ Table }) => Table?.TableStatus,
      (error: unknown) => {
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      },
    )
    if (status === TableStatus.CREATING) return true
  }
  return false
}

/** The state of a run that another process has under way. */
export function connectLocalState(endpoint: string, clock: Clock): LocalState {
  const client = embeddedClient(endpoint)
  return {
    stores: storesOf(client, clock),
    endpoint,
    close: () => Promise.resolve(client.destroy()),
  }
}

function storesOf(client: DynamoDBClient, clock: Clock, keepsHistory = true): StateStores {
  return keepsHistory
    ? dynamoStores(client, TABLES, clock, RETENTION)
    : dynamoStores(client, TABLES, clock, RETENTION, () => false)
}
