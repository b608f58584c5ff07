/** A laptop's state folder opens even if an earlier process was killed while it made the tables. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { asEpochMs } from '../../lib/domain/time.ts'
import { openLocalState } from '../../lib/local/local-state.ts'
import { SimulatedClock } from '../../lib/local/simulated-clock.ts'
import { aSignal } from '../support/state-samples.ts'

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
  const started = performance.now()
  const state = await openLocalState(folder, new SimulatedClock())
  expect(performance.now() - started).toBeLessThan(10_000)
  expect(await state.stores.signals.append(aSignal(1))).toEqual({ kind: 'appended', position: 1 })
  const { signals } = await state.stores.signals.readAfter(aSignal(1).source, 0, 10, asEpochMs(0))
  expect(signals).toHaveLength(1)
  await state.close()
  rmSync(folder, { recursive: true, force: true })
})
