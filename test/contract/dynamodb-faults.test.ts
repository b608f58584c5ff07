/** Faults between us and DynamoDB, and state that must not be touched. */
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoClient } from '../../lib/adapters/dynamodb/table/client.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { executionItem } from '../../lib/adapters/dynamodb/items/execution-item.ts'
import { laneItem } from '../../lib/adapters/dynamodb/items/lane-item.ts'
import { ConfigurationError, StateError, UnavailableError } from '../../lib/domain/errors.ts'
import { type DynamoState, openDynamoState } from '../support/state-backends.ts'
import { ALPHA, BETA, SOURCE, aLane, aDecision, anExecution } from '../support/state-samples.ts'

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
const KEY = { pk: 'a', sk: 'b' }

/** A table behind a server of ours. */
async function tableBehind(server: Server, requestTimeoutMs: number): Promise<ItemTable> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const client = dynamoClient({ region: 'local', endpoint, credentials, requestTimeoutMs })
  return new ItemTable(client, 'state')
}

describe('DynamoDB faults', () => {
  it.each([
    [400, 'ProvisionedThroughputExceededException', UnavailableError],
    [400, 'ThrottlingException', UnavailableError],
    [500, 'InternalServerError', UnavailableError],
    [400, 'ResourceNotFoundException', ConfigurationError],
    [400, 'AccessDeniedException', ConfigurationError],
  ])('turns %i %s into an error of ours', async (status, type, expected) => {
    const body = JSON.stringify({ __type: type, message: 'why' })
    const server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body)
    })
    const table = await tableBehind(server, 20_000)
    await expect(table.get(KEY)).rejects.toThrow(expected)
    await expect(table.put(KEY)).rejects.toThrow(expected)
    server.close()
    server.closeAllConnections()
  })

  it('does not wait long for an answer, nor fail otherwise when nobody listens', async () => {
    const server = createServer(() => {})
    const table = await tableBehind(server, 50)
    await expect(table.get(KEY)).rejects.toThrow(UnavailableError)
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    await expect(table.get(KEY)).rejects.toThrow(UnavailableError)
  })
})

describe('stored state that must not be touched', () => {
  let state: DynamoState
  let table: ItemTable
  beforeAll(async () => {
    state = await openDynamoState()
    table = new ItemTable(state.client, state.names.state)
  })
  afterAll(() => state.close())

  it.each([
    ['an unknown newer schema', { schema: 2 }],
    ['no schema', { schema: null }],
    ['an attribute of another type', { cursor: '5' }],
    ['an unknown attribute', { surplus: true }],
    ['a malformed instant', { last_tick_at: 'yesterday' }],
    ["another account's contents", { account_label: BETA }],
  ])('refuses %s', async (_, damage) => {
    await table.put({ ...laneItem.encode(aLane()), ...damage })
    await expect(state.stores.lanes.readLane(ALPHA, SOURCE)).rejects.toThrow(StateError)
  })

  it('refuses a quantity that is no decimal, and names it', async () => {
    const execution = anExecution()
    await table.put({ ...executionItem.encode(execution), quantity: '1e3' })
    const reading = state.stores.executions.readExecution(ALPHA, execution.clientOrderId)
    await expect(reading).rejects.toThrow(/executions#.*quantity: found "1e3", allowed: a decimal text/)
  })

  it('never sends an item above 64 KB', async () => {
    const large = anExecution({ rejection: 'x'.repeat(70_000) }, aDecision(9))
    await expect(state.stores.executions.createExecution(large)).rejects.toThrow(StateError)
    expect(await state.stores.executions.readExecution(ALPHA, large.clientOrderId)).toBeNull()
  })
})
