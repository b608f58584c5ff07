/** Reading the run in a state folder, whether or not a process is working on it. */
import { InUseError, StateError } from '../domain/errors.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { tryLockFolder } from './folder-lock.ts'
import { type LocalState, connectLocalState, openLocalState } from './local-state.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { type RunRecord, adviseFresh, readRunRecord, statePaths } from './state-folder.ts'

/**
 * Hands the run's stores to `read`. Nothing may be written through them.
 * @throws StateError when the folder holds no run, InUseError when its process has only just begun
 */
export async function readStoredRun<Value>(
  workingFolder: string,
  read: (stores: StateStores, record: RunRecord) => Promise<Value>,
): Promise<Value> {
  const paths = statePaths(workingFolder)
  const record = readRunRecord(paths)
  if (record === null) {
    throw new StateError(`there is no run in ${paths.folder}`, {
      advice: 'Run `npx torghut dev` here first.',
    })
  }
  const using = async (state: LocalState) => {
    try {
      return await read(state.stores, record)
    } catch (fault) {
      throw adviseFresh(fault)
    } finally {
      await state.close()
    }
  }
  const clock = new SimulatedClock()
  const answer = await tryLockFolder(paths.folder)
  if (answer.kind === 'held') {
    const url = answer.holder?.databaseUrl ?? null
    if (url !== null) return using(connectLocalState(url, clock))
    const name = answer.holder === null ? 'another process' : `process ${answer.holder.pid}`
    throw new InUseError(`${name} is only starting on ${paths.folder}`, { advice: 'Try again in a moment.' })
  }
  try {
    return await using(await openLocalState(paths.database, clock))
  } finally {
    await answer.lock.release()
  }
}
