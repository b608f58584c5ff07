/** What the report of an account takes from its cycles, one by one, so that none of them need be kept for it. */
import { DecimalColumn, NumberColumn } from '../domain/columns.ts'
import { type Decimal, ZERO } from '../domain/decimal.ts'
import type { CycleRecord } from '../domain/plan.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import { AccountCounter } from '../replay/report/account-counts.ts'

export interface EquityPoint {
  readonly at: EpochMs
  readonly equity: Decimal
}

/** Points of an account's equity, ascending; each is made when it is asked for. */
export class EquityHistory implements Iterable<EquityPoint> {
  readonly #times = new NumberColumn()
  readonly #equities = new DecimalColumn()

  get length(): number {
    return this.#times.length
  }

  add({ at, equity }: EquityPoint): void {
    this.#times.push(at)
    this.#equities.push(equity)
  }

  /** Undefined from the end on. */
  at(index: number): EquityPoint | undefined {
    const at = this.#times.at(index)
    return at === undefined ? undefined : { at: asEpochMs(at), equity: this.#equities.at(index) ?? ZERO }
  }

  *[Symbol.iterator](): Generator<EquityPoint> {
    for (let index = 0; index < this.length; index += 1) {
      const point = this.at(index)
      if (point !== undefined) yield point
    }
  }
}

export class CycleTally {
  /** Whoever makes the report adds decisions and executions. */
  readonly counter = new AccountCounter()
  /** As each cycle found it; whoever makes the report adds what it is at the end. */
  readonly equity = new EquityHistory()

  /** The lane's next cycle. */
  add(record: CycleRecord): void {
    const { tickAt, snapshot } = record.inputs
    this.counter.addCycle(record)
    this.equity.add({ at: tickAt, equity: snapshot.balance.equity })
  }
}
