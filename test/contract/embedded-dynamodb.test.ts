/** The database inside a laptop's process: what it acknowledged survives a kill, and its index follows its items. */
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'
import { Level } from 'level'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { createTables } from '../../lib/adapters/dynamodb/table/tables.ts'
import { InUseError, StateError } from '../../lib/domain/errors.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { embeddedClient, startEmbeddedDynamo } from '../../lib/local/embedded-dynamodb.ts'
import { repairOpenIndex } from '../../lib/local/repair-open-index.ts'
import { ALPHA, aDecision, anExecution } from '../support/state-samples.ts'
import { HandClock } from '../support/hand-clock.ts'

const NAMES = { state: 'state', signals: 'signals' }
const CLOCK = new HandClock(asEpochMs(0))

/** A process that puts numbered items and prints each number once the write is acknowledged. */
const WRITER = `
  import dynalite from 'dynalite'
  import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
  const server = dynalite({ path: process.argv[1] })
  server.listen(0, '127.0.0.1', async () => {
    const endpoint = 'http://127.0.0.1:' + server.address().port
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const client = new DynamoDBClient({ region: 'local', endpoint, credentials })
    for (let n = 0; ; n++) {
      const Item = { pk: { S: 'written' }, sk: { S: String(n) }, padding: { S: 'x'.repeat(2000) } }
      await client.send(new PutItemCommand({ TableName: 'state', Item }))
      console.log(n)
    }
  })`

describe('embedded DynamoDB', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'torghut-state-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function open() {
    const embedded = await startEmbeddedDynamo(folder)
    await createTables(embedded.client, NAMES)
    const state = new ItemTable(embedded.client, NAMES.state)
    const { executions } = dynamoStores(embedded.client, NAMES, CLOCK, null)
    return { ...embedded, state, executions }
  }

  it('listens on loopback only', async () => {
    const { endpoint, close } = await open()
    expect(new URL(endpoint).hostname).toBe('127.0.0.1')
    await close()
  })

  it('keeps what it acknowledged when its process is killed', async () => {
    await (await open()).close()
    const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let acknowledged = -1
    for await (const line of createInterface(writer.stdout)) {
      acknowledged = Number(line)
      if (acknowledged === 50) writer.kill('SIGKILL')
    }
    if (writer.signalCode === null) await once(writer, 'exit')

    const { state, close } = await open()
    for (let n = 0; n <= acknowledged; n++) {
      expect(await state.get({ pk: 'written', sk: String(n) })).not.toBeNull()
    }
    await close()
    expect(acknowledged).toBeGreaterThanOrEqual(50)
  })

  it('brings the index in line with the items after a kill between the two writes', async () => {
    const first = await open()
    const [missing, stale, orphan, final, intact] = [1, 2, 3, 4, 5].map((seq) =>
      anExecution({}, aDecision(seq)),
    )
    if (!missing || !stale || !orphan || !final || !intact) throw new Error('five executions')
    for (const execution of [missing, stale, orphan, final, intact]) {
      await first.executions.createExecution(execution)
    }
    await first.close()

    const level = new Level<string, Record<string, unknown>>(folder, { valueEncoding: 'json' })
    const keyOf = async (prefix: string, id: string): Promise<string> => {
      for await (const [key, value] of level.iterator()) {
        if (key.startsWith(prefix) && JSON.stringify(value).includes(`executions#${id}`)) return key
      }
      throw new Error(`no key for ${id}`)
    }
    const [index, items] = ['index-global~state~open', 'item-state']
    await level.del(await keyOf(index, missing.clientOrderId))
    const staleKey = await keyOf(index, stale.clientOrderId)
    await level.put(staleKey, { ...(await level.get(staleKey)), revision: { N: '2' } })
    await level.del(await keyOf(items, orphan.clientOrderId))
    const finalKey = await keyOf(items, final.clientOrderId)
    const { open_pk: _, open_sk: __, ...closed } = (await level.get(finalKey)) ?? {}
    await level.put(finalKey, { ...closed, state: { S: 'filled' } })
    await level.close()

    const second = await open()
    expect(await repairOpenIndex(second.state, [ALPHA])).toBe(4)
    const expected = [missing, stale, intact].sort((left, right) =>
      left.clientOrderId < right.clientOrderId ? -1 : 1,
    )
    expect(await second.executions.listOpen(ALPHA)).toEqual(expected)
    expect(await second.executions.readExecution(ALPHA, orphan.clientOrderId)).toBeNull()
    expect((await second.executions.readExecution(ALPHA, final.clientOrderId))?.state).toBe('filled')
    expect(await repairOpenIndex(second.state, [ALPHA])).toBe(0)
    await second.close()
  })

  it('answers in the process as it does over HTTP', async () => {
    const { client, endpoint, close } = await open()
    const remote = embeddedClient(endpoint)
    const Item = {
      pk: { S: 'account#a' },
      sk: { S: 'B' },
      bytes: { B: new Uint8Array([0, 1, 255]) },
      nested: {
        M: { B: { S: 'text' }, list: { L: [{ N: '1.5' }, { NULL: true }, { B: new Uint8Array(0) }] } },
      },
    }
    const key = { TableName: NAMES.state, Key: { pk: Item.pk, sk: Item.sk } }
    const once = {
      TableName: NAMES.state,
      Item,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }
    await client.send(new PutItemCommand(once))
    const answers = []
    for (const one of [client, remote]) {
      const { Item: read } = await one.send(new GetItemCommand(key))
      const { Items: queried, Count } = await one.send(
        new QueryCommand({
          TableName: NAMES.state,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': Item.pk },
        }),
      )
      const refused: unknown = await one.send(new PutItemCommand(once)).catch((error: unknown) => error)
      const wrong: unknown = await one
        .send(new GetItemCommand({ ...key, Key: { pk: { N: '1' } } }))
        .catch((error: unknown) => error)
      const missing: unknown = await one
        .send(new GetItemCommand({ ...key, TableName: 'none' }))
        .catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(ConditionalCheckFailedException)
      expect(missing).toBeInstanceOf(ResourceNotFoundException)
      expect(wrong).toMatchObject({ name: 'ValidationException', $fault: 'client' })
      answers.push({
        read,
        queried,
        Count,
        refused: String(refused),
        wrong: String(wrong),
        missing: String(missing),
      })
    }
    expect(answers[0]?.read).toEqual(Item)
    expect(answers[0]).toEqual(answers[1])
    remote.destroy()
    await close()
  })

  it('refuses a folder that is in use, damaged or no folder', async () => {
    const { close } = await open()
    await expect(startEmbeddedDynamo(folder)).rejects.toThrow(InUseError)
    await close()
    await writeFile(join(folder, 'CURRENT'), 'no manifest')
    await expect(startEmbeddedDynamo(folder)).rejects.toThrow(StateError)
    await expect(startEmbeddedDynamo(join(folder, 'CURRENT'))).rejects.toThrow(StateError)
  })
})
