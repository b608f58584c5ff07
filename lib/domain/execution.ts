/**
 * An execution: the one order of an accepted decision, and all that changes after the decision
 * (docs/architecture.md#words).
 *
 * Invariants: every change is conditional on the revision that was read; a settled state is never
 * replaced by an unsettled one; a terminal state is left only by `absent`: on the broker's evidence, or to `disowned`
 * on an operator's word.
 */
import type { AccountLabel } from './account-label.ts'
import type { BrokerTarget } from './account.ts'
import type { Decimal } from './decimal.ts'
import type { TimeInForce } from './decision.ts'
import type { DeniedReason } from './denied-reason.ts'
import type { AlpacaOrderId, ClientOrderId, DecisionId } from './ids.ts'
import type { Direction } from './intent.ts'
import type { EpochNs } from './nano-time.ts'
import type { EpochMs, Seconds } from './time.ts'

/** Fate at the broker not known yet. */
export const UNSETTLED_STATES = ['submitting', 'unknown'] as const
/** Known to the broker, may still change. */
export const OPEN_STATES = ['accepted', 'partially_filled'] as const
/**
 * Final. `denied`: never sent. `absent`: proven never to have reached the broker. `disowned`: the broker holds another
 * order under our id, and an operator said that it is not ours.
 */
export const TERMINAL_STATES = [
  'filled',
  'canceled',
  'expired',
  'replaced',
  'rejected',
  'denied',
  'absent',
  'disowned',
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

/** How far an order is filled. */
export interface FillProgress {
  readonly filledQuantity: Decimal
  readonly averageFillPrice: Decimal | null
}

/** A terminal state that the broker's own words can tell of. */
export type BrokerTerminalState = Exclude<(typeof TERMINAL_STATES)[number], 'denied' | 'absent' | 'disowned'>

/** When the broker says something happened; null where it does not say. */
export interface EvidenceTime {
  readonly at: EpochNs | null
  readonly feedSeq: number | null
}

/** A cumulative fill that the broker reported. */
export interface FillEvidence extends EvidenceTime, FillProgress {}

/**
 * What the broker has said of an order so far, reduced to what can still matter, so that the state is a
 * function of the set of reports and not of the order in which they came (lib/orders/execution/).
 */
export interface OrderEvidence {
  /** The broker's earliest terminal word. */
  readonly terminal: (EvidenceTime & { readonly state: BrokerTerminalState }) | null
  /** The latest bust or correction; it replaces every fill reported up to its time. */
  readonly correction: FillEvidence | null
  /** Reports that no later report covers, earliest first; one entry unless a report fell behind an earlier one. */
  readonly fills: readonly FillEvidence[]
}

/** An operator's word that the order which the broker holds under our client order id is not ours. */
export interface Disowning {
  readonly operator: string
  readonly at: EpochMs
  /** The foreign order's. */
  readonly alpacaOrderId: AlpacaOrderId
}

export interface Execution extends FillProgress {
  readonly accountLabel: AccountLabel
  readonly clientOrderId: ClientOrderId
  readonly decisionId: DecisionId
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly timeInForce: TimeInForce
  /** Null for a market order. */
  readonly limitPrice: Decimal | null
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
  /** Null until the broker has spoken of the order. */
  readonly evidence: OrderEvidence | null
  /** When an `absent` one was looked up once more and was not found; null otherwise. */
  readonly recheckedAt: EpochMs | null
  /** Set with the state `disowned`. */
  readonly disowned: Disowning | null
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

/**
 * Whether somebody still has to look after it: it is not final, or it is `absent` and was not looked up
 * once more yet. Decides what stands in the index of open executions (docs/architecture.md#words).
 */
export function isOpenWork(execution: Pick<Execution, 'state' | 'recheckedAt'>): boolean {
  return execution.state === 'absent' ? execution.recheckedAt === null : !isTerminal(execution.state)
}
