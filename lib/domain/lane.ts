/**
 * A lane: everything of one account, as its one lane item stores it (docs/architecture.md#state).
 *
 * Invariants: the version rises by exactly 1 per commit; the cursor never moves back.
 */
import type { AccountLabel } from './account-label.ts'
import type { ClientOrderId } from './ids.ts'
import type { SentRequests } from './request-budget.ts'
import type { EpochMs } from './time.ts'

/** A strategy's circuit, in signal time. A closed circuit without errors is not stored at all. */
export interface CircuitState {
  readonly consecutiveErrors: number
  /** Open up to and including this instant; null when closed. */
  readonly openUntil: EpochMs | null
}

/** By strategy id. */
export type CircuitStates = Readonly<Record<string, CircuitState>>
/** By symbol: when the last accepted decision was made (`tick_at`). */
export type Cooldowns = Readonly<Record<string, EpochMs>>

/** Whom a run after one that was killed was about to ask, under a version of the lane. */
export interface AskedNote {
  readonly version: number
  /** Whom it did not ask, as earlier ones had not survived it. */
  readonly timedOut: Readonly<Record<string, number>>
  /** Null: all have come back. */
  readonly present: { readonly strategyId: string; readonly position: number } | null
}

/** What is noted of a lane beside its commits. */
export interface LaneNotes {
  /** 0 before the first note; rises by 1 with each. */
  readonly revision: number
  /** Broker requests that no commit counted: of reconcile, of cancelling, and of cycles that did not commit. */
  readonly requests: readonly SentRequests[]
  /** The last open execution that reconcile looked at: it goes on behind it. */
  readonly reconciledTo: ClientOrderId | null
  /** Null as long as no run was killed. */
  readonly asked: AskedNote | null
  /** Orders that were sent up to then, as the broker lists them, are accounted for. */
  readonly sweptTo: EpochMs | null
}

export const NO_NOTES: LaneNotes = {
  revision: 0,
  requests: [],
  reconciledTo: null,
  sweptTo: null,
  asked: null,
}

export interface Lane {
  readonly accountLabel: AccountLabel
  readonly source: string
  readonly version: number
  /** The last position that is dealt with; 0 before the first. */
  readonly cursor: number
  readonly circuits: CircuitStates
  readonly cooldowns: Cooldowns
  /** Executions whose fate at the broker is not known yet, sorted. */
  readonly unsettled: readonly ClientOrderId[]
  readonly lastTickAt: EpochMs | null
  /** Set when the lane must not go on without an operator; says why. */
  readonly halted: string | null
  /** Broker requests of the last minute, counted by commits. */
  readonly requests: readonly SentRequests[]
  /** Never touched by a commit. */
  readonly notes: LaneNotes
}

/** A lane before its first cycle. */
export function newLane(accountLabel: AccountLabel, source: string, cursor: number): Lane {
  return {
    accountLabel,
    source,
    version: 0,
    cursor,
    circuits: {},
    cooldowns: {},
    unsettled: [],
    lastTickAt: null,
    halted: null,
    requests: [],
    notes: NO_NOTES,
  }
}
