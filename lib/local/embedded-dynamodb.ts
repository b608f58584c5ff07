/**
 * DynamoDB inside the process: dynalite on a free loopback port, kept in a folder or in memory.
 *
 * Invariants: it listens on loopback only; an acknowledged write survives the death of the process (LevelDB
 * has handed it to the operating system), though not a power cut.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { once } from 'node:events'
import { dynamoClient } from '../adapters/dynamodb/client.ts'

export interface EmbeddedDynamo {
  readonly client: DynamoDBClient
  readonly endpoint: string
  readonly close: () => Promise<void>
}

/** dynalite wants some credentials, whichever. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

export async function startEmbeddedDynamo(folder: string | null): Promise<EmbeddedDynamo> {
  const server = dynalite({
    ...(folder === null ? {} : { path: folder }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const endpoint = `http://127.0.0.1:${port}`
  const client = dynamoClient({ region: 'local', endpoint, credentials: CREDENTIALS })
  return {
    client,
    endpoint,
    close: async () => {
      client.destroy()
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined || error === null ? resolve() : reject(error)))
      })
    },
  }
}
