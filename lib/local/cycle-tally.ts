/** What the report of an account takes from its cycles, one by one, so that none of them need be kept for it. */
import type { Decimal } from '../domain/decimal.ts'
import type { CycleRecord } from '../domain/plan.ts'
import type { EpochMs } from '../domain/time.ts'
import { AccountCounter } from '../replay/report/account-counts.ts'

export interface EquityPoint {
  readonly at: EpochMs
  readonly equity: Decimal
}

export class CycleTally {
  /** Whoever makes the report adds decisions and executions. */
  readonly counter = new AccountCounter()
  readonly #equity: EquityPoint[] = []

  /** The lane's next cycle. */
  add(record: CycleRecord): void {
    const { tickAt, snapshot } = record.inputs
    this.counter.addCycle(record)
    this.#equity.push({ at: tickAt, equity: snapshot.balance.equity })
  }

  /** As each cycle found it. */
  get equity(): readonly EquityPoint[] {
    return this.#equity
  }
}
