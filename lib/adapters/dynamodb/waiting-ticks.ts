/** Which ticks after signals wait, on DynamoDB: item kind `waiting_tick`, one per account and source. */
import { WAITING_TICK_PARTITION } from '../../deployment/names.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { LogPosition } from '../../domain/signal.ts'
import { asEpochMs, type EpochMs } from '../../domain/time.ts'
import { flag, instantText, integer, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { Clock } from '../../ports/clock.ts'
import type { WaitingTicks } from '../../ports/waiting-ticks.ts'
import { ACCOUNT_ATTRIBUTE } from './items/shared.ts'
import { nothingWaitsBelow, positionIs } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { defineItem, type ItemKey } from './table/item.ts'

interface WaitingTick extends LogPosition {
  readonly label: AccountLabel
  readonly waits: boolean
  readonly notedAt: EpochMs
}

/** A partition of its own: who dispatches may write nothing else of an account. */
const tickKey = (label: AccountLabel, source: string): ItemKey => ({
  pk: `${WAITING_TICK_PARTITION}${label}`,
  sk: source,
})

export const waitingTickItem = defineItem<WaitingTick>({
  name: 'waiting tick',
  schema: 1,
  codec: record<WaitingTick>(
    { label: text(), source: text(), position: integer, waits: flag, notedAt: instantText },
    { names: { label: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ label, source }) => tickKey(label, source),
})

export class DynamoWaitingTicks implements WaitingTicks {
  readonly #table: ItemTable
  readonly #clock: Pick<Clock, 'now'>

  constructor(table: ItemTable, clock: Pick<Clock, 'now'>) {
    this.#table = table
    this.#clock = clock
  }

  note(label: AccountLabel, { source, position }: LogPosition): Promise<boolean> {
    const now = wholeSecond(this.#clock.now())
    const tick = { label, source, position, waits: true, notedAt: now }
    return this.#table.put(waitingTickItem.encode(tick), nothingWaitsBelow(position, now))
  }

  async begun(label: AccountLabel, { source, position }: LogPosition): Promise<void> {
    const change = { expression: 'SET waits = :waits', names: {}, values: { ':waits': false } }
    await this.#table.update(tickKey(label, source), change, positionIs(position))
  }
}

/** Instants are compared as texts, which is right for those of one length. */
function wholeSecond(at: EpochMs): EpochMs {
  return asEpochMs(Math.floor(at / 1000) * 1000)
}
