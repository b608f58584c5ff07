/** A laptop's state folder opens after a process was killed: while it made the tables, or between two writes. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { Level } from 'level'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { asEpochMs } from '../../lib/domain/time.ts'
import { openLocalState } from '../../lib/local/local-state.ts'
import { SimulatedClock } from '../../lib/local/simulated-clock.ts'
import { aSignal, anExecution } from '../support/state-samples.ts'

/** Leaves the folder as a process does that is killed between making a table and its becoming active. */
async function makeUnfinishedTable(folder: string): Promise<void> {
  const server = dynalite({ path: folder, createTableMs: 3_600_000, deleteTableMs: 0, updateTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ region: 'local', endpoint, credentials })
  await client.send(
    new CreateTableCommand({
      TableName: 'torghut-state',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
  client.destroy()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}

it('the local state can be used after a process was killed while it made the tables', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'torghut-state-'))
  await makeUnfinishedTable(folder)
  // at once: the table that is being made would be there in an hour
  const state = await openLocalState(folder, new SimulatedClock())
  expect(await state.stores.signals.append(aSignal(1))).toEqual({ kind: 'appended', position: 1 })
  const { signals } = await state.stores.signals.readAfter(aSignal(1).source, 0, 10, asEpochMs(0))
  expect(signals).toHaveLength(1)
  await state.close()
  rmSync(folder, { recursive: true, force: true })
})

it('finds the open executions of a process that was killed between an item and its index', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'torghut-state-'))
  const execution = anExecution()
  const first = await openLocalState(folder, new SimulatedClock())
  await first.stores.executions.createExecution(execution)
  await first.close()

  const level = new Level<string, unknown>(folder, { valueEncoding: 'json' })
  for await (const key of level.keys({
    gt: 'index-global~torghut-state~open',
    lt: 'index-global~torghut-state~opeo',
  })) {
    await level.del(key)
  }
  await level.close()

  const second = await openLocalState(folder, new SimulatedClock(), [execution.accountLabel])
  expect(await second.stores.executions.listOpen(execution.accountLabel)).toEqual([execution])
  await second.close()
  rmSync(folder, { recursive: true, force: true })
})
