/** The state stores on this machine: DynamoDB inside the process, kept in the state folder. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamoStores } from '../adapters/dynamodb/stores.ts'
import { createTables } from '../adapters/dynamodb/tables.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { embeddedClient, startEmbeddedDynamo } from './embedded-dynamodb.ts'

const TABLES = { state: 'torghut-state', signals: 'torghut-signals' }
/** Simulated time runs through years in seconds; nothing may expire on the way. */
const RETENTION = null

export interface LocalState {
  readonly stores: StateStores
  readonly endpoint: string
  close(): Promise<void>
}

/** @throws InUseError when another process has the folder open, StateError when it cannot be used */
export async function openLocalState(folder: string, clock: Clock): Promise<LocalState> {
  const database = await startEmbeddedDynamo(folder)
  await createTables(database.client, TABLES)
  return {
    stores: storesOf(database.client, clock),
    endpoint: database.endpoint,
    close: database.close,
  }
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

function storesOf(client: DynamoDBClient, clock: Clock): StateStores {
  return dynamoStores(client, TABLES, clock, RETENTION)
}
