/**
 * Quarantined input in the signal table, under `poison#<origin>`, with the table's retention. A text that is too
 * large for an item is kept in parts, never cut off.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Quarantine, QuarantinedInput } from '../../ports/quarantine.ts'
import { encodeFields, sha256Hex } from '../../domain/ids.ts'
import { formatInstant } from '../../domain/time.ts'
import { expiryAfter, type RetentionDays } from '../../domain/retention.ts'
import type { ItemTable } from './table/item-table.ts'

/** A part's characters: whole ones, at most 4 bytes each, so that a part stays below an item's 64 KB. */
const PART = /[\s\S]{1,15000}/gu
const REASON_LENGTH = 500

export class DynamoQuarantine implements Quarantine {
  readonly #table: ItemTable
  readonly #clock: Clock
  readonly #retention: RetentionDays

  constructor(table: ItemTable, clock: Clock, retention: RetentionDays) {
    this.#table = table
    this.#clock = clock
    this.#retention = retention
  }

  async put({ origin, text, reason }: QuarantinedInput): Promise<void> {
    const now = this.#clock.now()
    const expiresAt = expiryAfter(now, this.#retention)
    const parts = text.match(PART) ?? ['']
    for (const [index, part] of parts.entries()) {
      await this.#table.put({
        pk: `poison#${origin}#${sha256Hex(encodeFields(origin, text))}`,
        sk: index,
        text: part,
        parts: parts.length,
        reason: reason.slice(0, REASON_LENGTH),
        quarantined_at: formatInstant(now),
        ...(expiresAt === null ? {} : { expires_at: expiresAt }),
      })
    }
  }
}
