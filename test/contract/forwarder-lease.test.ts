/** The forwarder's lease: one owner an account at a time, for as long as it says and no longer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DynamoForwarderLease } from '../../lib/adapters/dynamodb/forwarder-lease.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import type { ForwarderLease } from '../../lib/ports/forwarder-lease.ts'
import { MemoryForwarderLease } from '../support/memory-forwarder-lease.ts'
import { openDynamoState } from '../support/state-backends.ts'
import { ALPHA, BETA } from '../support/state-samples.ts'

const BACKENDS = [
  { name: 'memory', open: async () => ({ lease: new MemoryForwarderLease(), close: async () => {} }) },
  {
    name: 'dynamodb',
    open: async () => {
      const { client, names, close } = await openDynamoState()
      return { lease: new DynamoForwarderLease(new ItemTable(client, names.state)), close }
    },
  },
] as const

describe.each(BACKENDS)('the lease: $name', ({ open }) => {
  let lease: ForwarderLease
  let close: () => Promise<void>
  beforeEach(async () => {
    ;({ lease, close } = await open())
  })
  afterEach(() => close())

  const T = instant('2026-02-10T15:00:00Z')
  const at = (seconds: number) => asEpochMs(T + seconds * 1000)

  it('is taken by one, renewed by it, and by nobody else until it has run out', async () => {
    expect(await lease.take(ALPHA, 'one', at(0), at(15))).toEqual({ kind: 'ours' })
    expect(await lease.take(ALPHA, 'two', at(5), at(20))).toEqual({ kind: 'taken', until: at(15) })
    expect(await lease.take(ALPHA, 'one', at(10), at(25))).toEqual({ kind: 'ours' })
    expect(await lease.take(ALPHA, 'two', at(24), at(39))).toEqual({ kind: 'taken', until: at(25) })
    expect(await lease.take(ALPHA, 'two', at(25), at(40))).toEqual({ kind: 'ours' })
    expect(await lease.take(ALPHA, 'one', at(26), at(41))).toEqual({ kind: 'taken', until: at(40) })
  })

  it('reads fractions of a second as what they are', async () => {
    expect(await lease.take(ALPHA, 'one', at(0.25), at(15.25))).toEqual({ kind: 'ours' })
    expect(await lease.take(ALPHA, 'two', at(14.9), at(30))).toMatchObject({ kind: 'taken' })
    expect(await lease.take(ALPHA, 'two', at(15.5), at(30))).toEqual({ kind: 'ours' })
  })

  it('is let go of by its owner alone, and is of one account', async () => {
    await lease.take(ALPHA, 'one', at(0), at(15))
    await lease.release(ALPHA, 'two')
    expect(await lease.take(ALPHA, 'two', at(1), at(16))).toMatchObject({ kind: 'taken' })
    expect(await lease.take(BETA, 'two', at(1), at(16))).toEqual({ kind: 'ours' })
    await lease.release(ALPHA, 'one')
    expect(await lease.take(ALPHA, 'two', at(2), at(17))).toEqual({ kind: 'ours' })
  })
})
