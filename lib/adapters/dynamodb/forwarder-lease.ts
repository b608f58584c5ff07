/**
 * Who forwards an account's updates, on DynamoDB: item kind `forwarders`, one per account; and who streams the bars of a source:
 * `streamers`, one per source.
 */
import { FORWARDERS_PARTITION } from '../../deployment/names.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import { asEpochMs, type EpochMs } from '../../domain/time.ts'
import { instantText, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { ForwarderLease } from '../../ports/forwarder-lease.ts'
import { ACCOUNT_ATTRIBUTE } from './items/shared.ts'
import { leaseIsFreeFor, leaseIsOf } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { defineItem, type ItemKind } from './table/item.ts'

interface LeaseItem {
  readonly label: AccountLabel
  readonly owner: string
  readonly leaseUntil: EpochMs
}

export type LeaseKind = typeof FORWARDERS_PARTITION | 'streamers'

const leaseItem = (kind: LeaseKind) =>
  defineItem<LeaseItem>({
    name: kind,
    schema: 1,
    codec: record<LeaseItem>(
      { label: text(), owner: text(), leaseUntil: instantText },
      { names: { label: ACCOUNT_ATTRIBUTE } },
    ),
    key: ({ label }) => ({ pk: kind, sk: label }),
  })

export class DynamoForwarderLease implements ForwarderLease {
  readonly #table: ItemTable
  readonly #kind: LeaseKind
  readonly #item: ItemKind<LeaseItem>

  constructor(table: ItemTable, kind: LeaseKind = FORWARDERS_PARTITION) {
    this.#table = table
    this.#kind = kind
    this.#item = leaseItem(kind)
  }

  async take(label: AccountLabel, owner: string, now: EpochMs, until: EpochMs) {
    const item = this.#item.encode({ label, owner, leaseUntil: wholeSecond(until) })
    if (await this.#table.put(item, leaseIsFreeFor(owner, wholeSecond(now)))) return { kind: 'ours' as const }
    const stored = await this.#table.read(this.#item, { pk: this.#kind, sk: label })
    // let go of in between: the next attempt gets it
    return { kind: 'taken' as const, until: stored?.leaseUntil ?? now }
  }

  async release(label: AccountLabel, owner: string): Promise<void> {
    const change = {
      expression: 'SET lease_until = :never',
      names: {},
      values: { ':never': '1970-01-01T00:00:00Z' },
    }
    await this.#table.update({ pk: this.#kind, sk: label }, change, leaseIsOf(owner))
  }
}

/** Instants are compared as texts, which is right for those of one length. */
function wholeSecond(at: EpochMs): EpochMs {
  return asEpochMs(Math.floor(at / 1000) * 1000)
}
