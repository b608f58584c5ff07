/**
 * The moves of an execution: one table of which state each kind of transition may leave and reach, and the one
 * function that makes a transition the next revision (docs/architecture.md#moves). Pure.
 *
 * Invariants (asserted for every execution that is written, docs/architecture.md#terminal-stays):
 * - a settled state is never replaced by an unsettled one;
 * - a terminal state is never left, but `absent` when the broker speaks of the order after all, or an operator
 *   disowns it. Of two ends that the broker itself names, the one that came first there holds, whichever was heard of
 *   first.
 */
import { StateError } from '../../domain/errors.ts'
import type { BrokerTerminalState, Execution, ExecutionState } from '../../domain/execution.ts'
import type { EpochMs } from '../../domain/time.ts'

/** An execution but for what every write sets alike. */
export type ExecutionContent = Omit<Execution, 'revision' | 'createdAt' | 'updatedAt'>

/** What a transition makes of an execution, and as which kind of move. */
export interface Transition {
  readonly move: Move
  readonly content: ExecutionContent
}

/** What happens to an execution, whatever it has become by then; null when that changes nothing. Pure. */
export type Change = (current: Execution, now: EpochMs) => Transition | null

type Moves = Readonly<Partial<Record<ExecutionState | 'none', readonly ExecutionState[]>>>

const ENDS: readonly BrokerTerminalState[] = ['filled', 'canceled', 'expired', 'replaced', 'rejected']
const KNOWN_TO_BROKER: readonly ExecutionState[] = ['accepted', 'partially_filled', ...ENDS]

/** By kind of move: from which state to which ones. `none`: there is no execution yet. */
export const MOVES = {
  /** Permission was given, nothing is sent yet. */
  claimed: { none: ['submitting'] },
  /** Of a service before this one: what the broker last said of it there. */
  imported: { none: KNOWN_TO_BROKER },
  /** The broker holds the order of a decision that has no execution. */
  backfilled: { none: ['unknown'] },
  /** By our own checks, before anything was sent. */
  denied: { none: ['denied'], submitting: ['denied'] },
  /** The holder has sent nothing that was taken, and says that it is done. */
  released: { submitting: ['submitting'] },
  /** The POST may or may not have been taken. */
  unanswered: { submitting: ['unknown'] },
  /** The broker refused the first POST. */
  rejected: { submitting: ['rejected'] },
  /** The broker refused a takeover's POST, which says nothing of the earlier one. */
  refusedAgain: { submitting: ['unknown'] },
  /** A new holder in place of a dead one. */
  takenOver: { submitting: ['submitting'], unknown: ['submitting'] },
  /** A look-up under a dead claim found nothing. */
  missed: { submitting: ['submitting', 'absent'], unknown: ['unknown', 'absent'] },
  /** An absent one was looked up once more and was not found. */
  rechecked: { absent: ['absent'] },
  /** An operator gave up the order that the broker holds under our id. */
  disowned: {
    submitting: ['disowned'],
    unknown: ['disowned'],
    absent: ['disowned'],
    accepted: ['disowned'],
    partially_filled: ['disowned'],
  },
  /** The broker speaks of the order: an answer, a look-up, a trade update. */
  reported: {
    submitting: KNOWN_TO_BROKER,
    unknown: KNOWN_TO_BROKER,
    absent: KNOWN_TO_BROKER,
    accepted: KNOWN_TO_BROKER,
    partially_filled: ['partially_filled', ...ENDS],
    filled: ENDS,
    canceled: ENDS,
    expired: ENDS,
    replaced: ENDS,
    rejected: ENDS,
  },
} as const satisfies Readonly<Record<string, Moves>>

export type Move = keyof typeof MOVES

/**
 * The next revision of an execution, or the first one of a new execution (`current` null).
 * @throws StateError when the table does not allow the move.
 */
export function nextRevision(current: Execution | null, transition: Transition, now: EpochMs): Execution {
  const { move, content } = transition
  const moves: Moves = MOVES[move]
  const from = current?.state ?? 'none'
  if (moves[from]?.includes(content.state) !== true) {
    throw new StateError(
      `execution ${content.clientOrderId} must not go from ${from} to ${content.state}: ${move} does not allow it`,
    )
  }
  const revision = (current?.revision ?? 0) + 1
  return { ...content, revision, createdAt: current?.createdAt ?? now, updatedAt: now }
}

/** What the execution is after the change: the same object when that changes nothing. */
export function changed(current: Execution, change: Change, now: EpochMs): Execution {
  const transition = change(current, now)
  return transition === null ? current : nextRevision(current, transition, now)
}
