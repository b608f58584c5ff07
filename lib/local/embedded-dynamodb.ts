/**
 * DynamoDB inside the process: dynalite, kept in a folder or in memory.
 *
 * Invariants: its port is on loopback only (our own client does not use it); an acknowledged write survives
 * the death of the process (the operating system has it), though not a power cut; a folder
 * that cannot be used is an error of ours before anything is served from it.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Level } from 'level'
import { mkdir } from 'node:fs/promises'
import { dynamoClient } from '../adapters/dynamodb/table/client.ts'
import { InUseError, StateError, type TorghutError } from '../domain/errors.ts'
import { Emulator } from './emulator.ts'
import { serveEmulator } from './emulator-server.ts'
import { inProcessClient } from './in-process-client.ts'

export interface EmbeddedDynamo {
  readonly client: DynamoDBClient
  /** For clients in other processes, with any credentials. */
  readonly endpoint: string
  readonly close: () => Promise<void>
}

/** dynalite wants some credentials, whichever. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

/** A client of a database that another process has started. */
export function embeddedClient(endpoint: string): DynamoDBClient {
  return dynamoClient({ region: 'local', endpoint, credentials: CREDENTIALS })
}

/**
 * Starts it. `folder` null: in memory.
 * @throws InUseError when another process has the folder open, StateError when it cannot be read or written
 */
export async function startEmbeddedDynamo(folder: string | null): Promise<EmbeddedDynamo> {
  if (folder !== null) await checkFolder(folder)
  const emulator = await Emulator.open(folder)
  const server = await serveEmulator(emulator)
  const client = inProcessClient(emulator)
  const close = async () => {
    client.destroy()
    await server.close()
    await emulator.close()
  }
  return { client, endpoint: server.endpoint, close }
}

/**
 * The error for a fault of LevelDB, which dynalite does not answer with but throws from a callback when the
 * disk fails it (full, read-only, damaged); null for any other error. For the process's last resort.
 */
export function embeddedStorageFault(cause: unknown, folder: string): TorghutError | null {
  const codes = [...errorCodes(cause)]
  if (!codes.some((code) => code.startsWith('LEVEL_'))) return null
  if (codes.includes('LEVEL_LOCKED')) {
    return new InUseError(`the state in ${folder} is in use by another process`, {
      cause,
      advice: 'Stop the other process, or name another folder.',
    })
  }
  const damaged = codes.includes('LEVEL_CORRUPTION')
  return new StateError(`the state in ${folder} ${damaged ? 'is damaged' : 'cannot be read or written'}`, {
    cause,
    advice: damaged
      ? 'Start over with --fresh, or bring the folder back from a copy.'
      : 'Check that the disk is not full and the folder not read-only; if it is damaged, start over with --fresh.',
  })
}

/** Opens the folder once: dynalite itself would crash the process over one that it cannot open. */
async function checkFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    const level = new Level(folder)
    await level.open()
    await level.close()
  } catch (cause) {
    const fault = embeddedStorageFault(cause, folder)
    throw fault ?? new StateError(`the state folder ${folder} cannot be made or opened`, { cause })
  }
}

function* errorCodes(error: unknown): Iterable<string> {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') yield at.code
  }
}
