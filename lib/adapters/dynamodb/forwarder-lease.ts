/** Who forwards an account's updates, on DynamoDB: item kind `forwarders`, one per account. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { asEpochMs, type EpochMs } from '../../domain/time.ts'
import { instantText, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { ForwarderLease } from '../../ports/forwarder-lease.ts'
import { ACCOUNT_ATTRIBUTE } from './items/shared.ts'
import { leaseIsFreeFor, leaseIsOf } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { defineItem, type ItemKey } from './table/item.ts'

interface LeaseItem {
  readonly label: AccountLabel
  readonly owner: string
  readonly leaseUntil: EpochMs
}

const leaseKey = (account: AccountLabel): ItemKey => ({ pk: 'forwarders', sk: account })

const leaseItem = defineItem<LeaseItem>({
  name: 'forwarder',
  schema: 1,
  codec: record<LeaseItem>(
    { label: text(), owner: text(), leaseUntil: instantText },
    { names: { label: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ label }) => leaseKey(label),
})

export class DynamoForwarderLease implements ForwarderLease {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async take(label: AccountLabel, owner: string, now: EpochMs, until: EpochMs) {
    const item = leaseItem.encode({ label, owner, leaseUntil: wholeSecond(until) })
    if (await this.#table.put(item, leaseIsFreeFor(owner, wholeSecond(now)))) return { kind: 'ours' as const }
    const stored = await this.#table.read(leaseItem, leaseKey(label))
    // let go of in between: the next attempt gets it
    return { kind: 'taken' as const, until: stored?.leaseUntil ?? now }
  }

  async release(label: AccountLabel, owner: string): Promise<void> {
    const change = {
      expression: 'SET lease_until = :never',
      names: {},
      values: { ':never': '1970-01-01T00:00:00Z' },
    }
    await this.#table.update(leaseKey(label), change, leaseIsOf(owner))
  }
}

/** Instants are compared as texts, which is right for those of one length. */
function wholeSecond(at: EpochMs): EpochMs {
  return asEpochMs(Math.floor(at / 1000) * 1000)
}
