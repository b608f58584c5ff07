/**
 * A process that works on tables in memory and ends, or stands still, at one of its writes: before it takes effect, or after,
 * with nobody told. What it has begun beside that write takes effect up to there and no further.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../lib/ports/clock.ts'
import { SimulatedDynamoClient } from './simulated-dynamodb/client.ts'
import type { SimulatedTable } from './simulated-dynamodb/table.ts'

export interface Fate {
  /** Of its writes, from 1 on. */
  readonly atWrite: number
  readonly how: 'killed before it' | 'killed after it' | 'frozen before it'
}

export class KilledProcess {
  readonly client: DynamoDBClient
  /** When it is killed or stands still. */
  readonly met: Promise<'met its fate'>
  writes = 0
  #isGone = false
  #meet: () => void = () => {}
  #thaw: () => void = () => {}
  readonly #thawed: Promise<void>

  constructor(tables: readonly SimulatedTable[], clock: Clock, fate: Fate | null) {
    this.met = new Promise((resolve) => {
      this.#meet = () => resolve('met its fate')
    })
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve
    })
    const client = new SimulatedDynamoClient(tables, async ({ isWrite, perform }) => {
      if (isWrite) this.writes += 1
      const isMet = isWrite && this.writes === fate?.atWrite
      if (isMet && fate.how === 'killed after it') perform(clock.now(), Infinity)
      if (isMet) {
        this.#isGone = true
        this.#meet()
      }
      if (this.#isGone) await (fate?.how === 'frozen before it' ? this.#thawed : new Promise<never>(() => {}))
      return perform(clock.now(), Infinity)
    })
    this.client = client.asClient()
  }

  /** It goes on from where it stood still. */
  thaw(): void {
    this.#thaw()
  }
}
