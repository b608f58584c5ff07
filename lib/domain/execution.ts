/**
 * An execution: the one order of an accepted decision, and all that changes after the decision
 * (design sections 1 and 3, "Submitting and settling").
 *
 * Invariants: every change is conditional on the revision that was read; a settled state is never
 * replaced by an unsettled one; a terminal state is left only by `absent`, on the broker's evidence.
 */
import type { AccountLabel } from './account-label.ts'
import type { BrokerTarget } from './account.ts'
import type { Decimal } from './decimal.ts'
import type { TimeInForce } from './decision.ts'
import type { DeniedReason } from './denied-reason.ts'
import type { AlpacaOrderId, ClientOrderId, DecisionId } from './ids.ts'
import type { Direction } from './intent.ts'
import type { EpochMs, Seconds } from './time.ts'

/** Fate at the broker not known yet. */
export const UNSETTLED_STATES = ['submitting', 'unknown'] as const
/** Known to the broker, may still change. */
export const OPEN_STATES = ['accepted', 'partially_filled'] as const
/** Final. `denied`: never sent. `absent`: proven never to have reached the broker. */
export const TERMINAL_STATES = [
  'filled',
  'canceled',
  'expired',
  'replaced',
  'rejected',
  'denied',
  'absent',
] as const

export type UnsettledState = (typeof UNSETTLED_STATES)[number]
export type ExecutionState = UnsettledState | (typeof OPEN_STATES)[number] | (typeof TERMINAL_STATES)[number]

/** Who may be sending the order, and until when. */
export interface Claim {
  /** Random; tells this claim from every other. */
  readonly token: string
  /** The last moment its holder can still be sending. */
  readonly diesAt: EpochMs
  /** False for the first claim, true for one that was taken over from a dead holder. */
  readonly takeover: boolean
  /** Set when the holder itself says it is done, so that nobody has to wait for `diesAt`. */
  readonly dead: boolean
}

/** Look-ups that found no order at the broker, counted only while the claim is dead. */
export interface Misses {
  readonly count: number
  readonly lastAt: EpochMs
}

/** What the kill switch said when the order was permitted. */
export interface PermissionRecord {
  readonly killSwitchVersion: string
  readonly killSwitchAgeSeconds: Seconds
}

/** How far an order is filled, and the evidence that decides between competing updates. */
export interface FillProgress {
  readonly filledQuantity: Decimal
  readonly averageFillPrice: Decimal | null
}

export interface Execution extends FillProgress {
  readonly accountLabel: AccountLabel
  readonly clientOrderId: ClientOrderId
  readonly decisionId: DecisionId
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly timeInForce: TimeInForce
  readonly brokerTarget: BrokerTarget
  readonly state: ExecutionState
  /** Starts at 1, rises by 1 with every change. */
  readonly revision: number
  readonly claim: Claim | null
  readonly misses: Misses | null
  /** Set after a takeover's refusal: only looked up from then on. */
  readonly neverPostAgain: boolean
  readonly alpacaOrderId: AlpacaOrderId | null
  readonly deniedReason: DeniedReason | null
  /** The broker's body, for `rejected`. */
  readonly rejection: string | null
  /** Why it is `unknown`, for operators. */
  readonly note: string | null
  readonly permission: PermissionRecord | null
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
}

const unsettledStates: ReadonlySet<string> = new Set(UNSETTLED_STATES)
const terminalStates: ReadonlySet<string> = new Set(TERMINAL_STATES)

export function isUnsettled(state: ExecutionState): state is UnsettledState {
  return unsettledStates.has(state)
}

export function isTerminal(state: ExecutionState): boolean {
  return terminalStates.has(state)
}
