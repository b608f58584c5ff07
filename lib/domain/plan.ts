/**
 * A plan: what one cycle will do, fixed before any of it is done (docs/architecture.md#sealed-plan), and the cycle
 * record that seals it. Equal inputs give byte-equal plans.
 */
import type { AccountLabel } from './account-label.ts'
import type { AccountConfig, AccountSnapshot } from './account.ts'
import type { Decision } from './decision.ts'
import type { Execution } from './execution.ts'
import type { CatalogHash } from './ids.ts'
import type { CircuitStates, Cooldowns } from './lane.ts'
import type { CountedMetric } from './metric-names.ts'
import type { EpochMs } from './time.ts'

export const PLAN_SCHEMA = 1

/** Why a lane halts over a plan of another version, for operators (docs/operations.md#a-halted-lane). */
export function unknownPlanReason(schema: number): string {
  return `the sealed plan has schema ${schema}, known is ${PLAN_SCHEMA}`
}

/**
 * What became of a signal: `decided:2`, `strategy_error:0,3` (places in the sealed catalog, sorted by id),
 * `nothing_to_close`, `history_too_short`, `no_intent`, `no_strategy` or `normalization_error:<what>`.
 */
export interface SignalOutcome {
  readonly position: number
  readonly code: string
}

/** One thing worth counting, with the properties that say of whom. */
export interface Observation {
  readonly metric: CountedMetric
  readonly count: number
  readonly properties: Readonly<Record<string, string>>
}

export interface Plan {
  readonly schema: number
  readonly decisions: readonly Decision[]
  /** Exactly one per position in (cursor, nextCursor] that had not expired. */
  readonly outcomes: readonly SignalOutcome[]
  /** The one outcome of all positions that retention had removed; null when there were none. */
  readonly expired: { readonly from: number; readonly to: number } | null
  readonly nextCursor: number
  readonly circuits: CircuitStates
  readonly cooldowns: Cooldowns
  readonly observations: readonly Observation[]
}

export type UnsettledOrder = Pick<Execution, 'clientOrderId' | 'symbol' | 'side' | 'quantity'>

/** Strategies whose plugin did not come back, by id: the position of the signal that it was asked about then. */
export type TimedOut = Readonly<Record<string, number>>

/** The earlier signals of a series that a plan could look at: where they stand, and a hash over what they hold. */
export interface SealedHistory {
  readonly symbol: string
  readonly timeframe: string
  readonly positions: readonly number[]
  readonly hash: string
}

/** The sealed inputs (or their hashes) of a cycle. */
export interface CycleInputsRecord {
  readonly tickAt: EpochMs
  readonly cursor: number
  readonly positions: { readonly from: number; readonly to: number } | null
  readonly catalogHash: CatalogHash
  /** Flags and settings as they were read, by name. */
  readonly settings: Readonly<Record<string, string>>
  readonly account: AccountConfig
  readonly killSwitchOn: boolean
  /** Executions of earlier cycles whose fate was not known yet; they count as open orders. */
  readonly unsettled: readonly UnsettledOrder[]
  /** Snapshot rows of the batch's symbols only; `restHash` covers the other rows. */
  readonly snapshot: AccountSnapshot
  readonly restHash: string
  readonly codeVersion: string
  /** Null when each came back, and in records of earlier versions. */
  readonly timedOut: TimedOut | null
  /** By series, in the order of the batch; null when no strategy looks back, and in records of earlier versions. */
  readonly history: readonly SealedHistory[] | null
}

export interface CycleRecord {
  readonly accountLabel: AccountLabel
  readonly source: string
  /** The lane version that this cycle starts from. */
  readonly version: number
  readonly inputs: CycleInputsRecord
  readonly plan: Plan
}
