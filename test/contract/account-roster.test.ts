/** The account roster in every kind of state: whole revisions that never change, and earlier ones that go in time. */
import { describe, expect, it, vi } from 'vitest'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import type { AccountEntry } from '../../lib/domain/account.ts'
import type { RosterRevision } from '../../lib/domain/ids.ts'
import { freshState, openDynamoState, STATE_BACKENDS } from '../support/state-backends.ts'

const entry = (label: string, strategies: readonly string[] | null = null): AccountEntry => ({
  label: accountLabel(label),
  mode: null,
  enabled: true,
  baseUrl: null,
  strategies,
})
const fleet = (count: number) => Array.from({ length: count }, (_, index) => entry(`account-${index}`))
const NOBODY = () => {}

describe.each(STATE_BACKENDS)('account roster: $name', ({ open }) => {
  const state = freshState(open)
  const opened = () => state().stores.roster

  it('gives back a revision whole, in pages, and its accounts one by one', async () => {
    const entries = fleet(1000)
    const progress: number[] = []
    const revision = await opened().write(entries, (stored) => progress.push(stored))
    expect(progress.at(-1)).toBe(1000)
    const read = await opened().readEntries(revision)
    expect(new Set(read)).toEqual(new Set(entries))
    expect(await opened().readEntry(revision, accountLabel('account-999'))).toEqual(entry('account-999'))
    expect(await opened().readEntry(revision, accountLabel('account'))).toBeNull()
  })

  it('names revisions by their accounts, in whatever order, and keeps them apart', async () => {
    const one = await opened().write([entry('a'), entry('b', ['trend'])], NOBODY)
    expect(await opened().write([entry('b', ['trend']), entry('a')], NOBODY)).toBe(one)
    const other = await opened().write([entry('a'), entry('b')], NOBODY)
    expect(other).not.toBe(one)
    expect(await opened().readEntry(one, accountLabel('b'))).toEqual(entry('b', ['trend']))
    expect(await opened().readEntry(other, accountLabel('b'))).toEqual(entry('b'))
  })

  it('refuses a revision of which nothing, or not all, is stored', async () => {
    await opened().write([entry('a')], NOBODY)
    const nothing = opened().readEntries('0123456789abcdef' as RosterRevision)
    await expect(nothing).rejects.toMatchObject({ name: 'StateError' })
  })
})

describe('account roster: on DynamoDB', () => {
  const state = freshState(openDynamoState)

  it('lets earlier revisions go within a day, but not those of the last hour', async () => {
    const { stores, clock } = state()
    const old = await stores.roster.write(fleet(3), NOBODY)
    clock.advance(2 * 3_600_000)
    const unfinished = await stores.roster.write(fleet(2), NOBODY)
    const inForce = await stores.roster.write(fleet(4), NOBODY)
    expect(await stores.roster.retire(inForce)).toBe(3)
    expect(await stores.roster.retire(inForce)).toBe(0)
    for (const revision of [old, unfinished, inForce]) {
      expect(await stores.roster.readEntry(revision, accountLabel('account-1'))).not.toBeNull()
    }
    // put in force again, it stays
    expect(await stores.roster.write(fleet(3), NOBODY)).toBe(old)
    clock.advance(2 * 3_600_000)
    expect(await stores.roster.retire(old)).toBe(6)
  })

  it('lets nothing go of a roster that is put in force again in that moment', async () => {
    const { stores, clock } = state()
    const again = await stores.roster.write(fleet(3), NOBODY)
    clock.advance(2 * 3_600_000)
    const inForce = await stores.roster.write(fleet(4), NOBODY)
    const meanwhile = vi.spyOn(ItemTable.prototype, 'update').mockImplementation(async function (
      this: ItemTable,
      ...words: Parameters<ItemTable['update']>
    ) {
      meanwhile.mockRestore()
      await stores.roster.write(fleet(3), NOBODY)
      return this.update(...words)
    })
    expect(await stores.roster.retire(inForce)).toBe(0)
    clock.advance(2 * 24 * 3_600_000)
    expect(await stores.roster.readEntries(again)).toHaveLength(3)
  })
})
