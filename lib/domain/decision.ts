/**
 * A decision: a sized intent of one account, accepted or denied; immutable once written
 * (docs/architecture.md#words).
 */
import type { AccountLabel } from './account-label.ts'
import type { BrokerTarget } from './account.ts'
import type { Decimal } from './decimal.ts'
import type { DeniedReason } from './denied-reason.ts'
import type { ClientOrderId, DecisionId, SignalId } from './ids.ts'
import type { Direction } from './intent.ts'
import type { EpochMs } from './time.ts'

/** What an order's life ends with; `ioc` rests nowhere, and is what a limit order is. */
export const TIMES_IN_FORCE = ['day', 'gtc', 'ioc'] as const
export type TimeInForce = (typeof TIMES_IN_FORCE)[number]

export type DecisionOutcome =
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'denied'
      readonly reason: DeniedReason
      /** What the check compared, for people: `1,020 > 1,000`; null where it compared nothing. */
      readonly figures: string | null
    }

export interface Decision {
  readonly decisionId: DecisionId
  readonly clientOrderId: ClientOrderId
  readonly accountLabel: AccountLabel
  readonly signalId: SignalId
  /** The signal's position in its source's log. */
  readonly position: number
  readonly source: string
  readonly eventTs: EpochMs
  readonly symbol: string
  readonly horizon: string
  /** `aggregated`, or the id of the one strategy behind it. */
  readonly origin: string
  readonly side: Direction
  /** Zero when sizing already denied it. */
  readonly quantity: Decimal
  /** Null when the signal had none. */
  readonly price: Decimal | null
  readonly timeInForce: TimeInForce
  /** In the broker's increments; null for a market order. */
  readonly limitPrice: Decimal | null
  readonly confidence: Decimal
  readonly targetNotional: Decimal
  readonly sourceStrategyIds: readonly string[]
  readonly explain: readonly string[]
  readonly brokerTarget: BrokerTarget
  readonly tickAt: EpochMs
  readonly outcome: DecisionOutcome
}
