/**
 * Everything that a plan is made of (docs/architecture.md#plan): values only, so that equal inputs give equal
 * plans.
 *
 * Of the snapshot a plan uses the totals and the rows of the batch's symbols, nothing else: a cycle record
 * keeps only those.
 */
import type { SignalBatch } from '../domain/signal.ts'
import type { Settings } from '../domain/settings.ts'
import type { AccountConfig, AccountSnapshot } from '../domain/account.ts'
import { InvalidValueError } from '../domain/errors.ts'
import type { Lane } from '../domain/lane.ts'
import type { UnsettledOrder } from '../domain/plan.ts'
import type { EpochMs } from '../domain/time.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'

export interface PlanInputs {
  readonly lane: Lane
  /** What lies after the lane's cursor, without a hole. */
  readonly batch: SignalBatch
  /** The whole catalog; the plan uses the strategies that the account trades. */
  readonly strategies: CompiledStrategies
  readonly settings: Settings
  readonly account: AccountConfig
  /** The account's kill switch (environment OR global OR account) in the tick. */
  readonly killSwitchOn: boolean
  readonly snapshot: AccountSnapshot
  /** Executions of earlier cycles whose fate at the broker is not known; they count as open orders. */
  readonly unsettled: readonly UnsettledOrder[]
  readonly calendar: TradingCalendar
  /** The cycle's instant: `max(message.tick_at, lane.last_tick_at)`. */
  readonly tickAt: EpochMs
}

/**
 * The last position that the batch covers, or the cursor itself when it covers none.
 * @throws InvalidValueError when the batch does not continue the cursor without a hole: planning it would
 *   leave positions without an outcome
 */
export function lastPosition({ lane, batch }: Pick<PlanInputs, 'lane' | 'batch'>): number {
  let last = lane.cursor
  const { expired } = batch
  if (expired !== null) {
    if (expired.from !== last + 1 || expired.to < expired.from) throw hole(last, expired.from)
    last = expired.to
  }
  for (const { position } of batch.signals) {
    if (position !== last + 1) throw hole(last, position)
    last = position
  }
  return last
}

function hole(after: number, found: number): InvalidValueError {
  return new InvalidValueError(`a batch must go on at position ${after + 1}, but goes on at ${found}`)
}
