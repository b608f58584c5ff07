/**
 * The implementations of the state ports that every contract suite runs against: in memory, DynamoDB's adapters over
 * an embedded DynamoDB, and the same adapters over the client of the simulations.
 */
import { afterEach, beforeEach } from 'vitest'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamoClient } from '../../lib/adapters/dynamodb/table/client.ts'
import { type TableNames, createTables } from '../../lib/adapters/dynamodb/table/tables.ts'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { startEmbeddedDynamo } from '../../lib/local/embedded-dynamodb.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { SimulatedDynamoClient } from './simulated-dynamodb/client.ts'
import { SimulatedTable } from './simulated-dynamodb/table.ts'
import { HandClock } from './hand-clock.ts'

export const RETENTION_DAYS = 7

const START = '2010-05-03T13:31:00Z'

export interface OpenState {
  readonly stores: StateStores
  readonly clock: HandClock
  readonly close: () => Promise<void>
}

export interface DynamoState extends OpenState {
  readonly client: DynamoDBClient
  readonly names: TableNames
}

export async function openDynamoState(): Promise<DynamoState> {
  const { client, close } = await startEmbeddedDynamo(null)
  return stateOf(client, close)
}

/**
 * Over HTTP, through the client that functions have: for those who count or look at what goes over the wire. Nothing is sent again
 * only because the machine is busy.
 */
export async function openWiredState(): Promise<DynamoState> {
  const { endpoint, close } = await startEmbeddedDynamo(null)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = dynamoClient({ region: 'local', endpoint, credentials, requestTimeoutMs: 60_000 })
  return stateOf(client, async () => {
    client.destroy()
    await close()
  })
}

async function stateOf(client: DynamoDBClient, close: () => Promise<void>): Promise<DynamoState> {
  const names = { state: 'state', signals: 'signals' }
  await createTables(client, names)
  const clock = new HandClock(START)
  return { client, names, clock, stores: dynamoStores(client, names, clock, RETENTION_DAYS), close }
}

/** No faults: every request is answered at once. */
async function openSimulatedState(): Promise<OpenState> {
  const clock = new HandClock(START)
  const tables = [new SimulatedTable('state'), new SimulatedTable('signals')]
  const client = new SimulatedDynamoClient(tables, async ({ perform }) => perform(clock.now(), Infinity))
  const names = { state: 'state', signals: 'signals' }
  const stores = dynamoStores(client.asClient(), names, clock, RETENTION_DAYS)
  return { clock, stores, close: async () => {} }
}

export const STATE_BACKENDS: readonly { readonly name: string; readonly open: () => Promise<OpenState> }[] = [
  {
    name: 'memory',
    open: async () => {
      const clock = new HandClock(START)
      return { clock, stores: memoryStores(clock, RETENTION_DAYS), close: async () => {} }
    },
  },
  { name: 'dynamodb', open: openDynamoState },
  { name: 'simulated dynamodb', open: openSimulatedState },
]

/** A state of its own for each test of the suite that calls this; what it gives is the one of the present test. */
export function freshState<State extends OpenState>(open: () => Promise<State>): () => State {
  let state: State | undefined
  beforeEach(async () => {
    state = await open()
  })
  afterEach(async () => {
    await state?.close()
    state = undefined
  })
  return () => {
    if (state === undefined) throw new Error('no test is running')
    return state
  }
}
