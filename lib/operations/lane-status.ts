/** What of a stage's lanes and queues an operator wants to know at a glance. */
import { QUEUE_NAMES, type QueueName } from '../domain/deployment-parts.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { type Execution, isUnsettled } from '../domain/execution.ts'
import type { Lane } from '../domain/lane.ts'
import type { EpochMs, Seconds } from '../domain/time.ts'
import type { QueueDepth, QueueOperations } from '../ports/queue-operations.ts'
import type { StateStores } from '../ports/state-stores.ts'

export interface LaneStatus {
  readonly account: AccountLabel
  readonly source: string
  /** Null: the lane has had no cycle yet. */
  readonly lane: Lane | null
  /** Signals that wait behind the cursor. */
  readonly lag: number | null
  /** Since the last tick that committed something; idle cycles write nothing. */
  readonly lastCommitAgeSeconds: Seconds | null
  /** Strategies whose circuit is open in the signals' time, as the lane last knew it. */
  readonly openCircuits: readonly string[]
  readonly unsettled: readonly Execution[]
  /** Known to the broker and not final. */
  readonly open: readonly Execution[]
}

export async function readLaneStatus(
  { lanes, signals, executions }: Pick<StateStores, 'lanes' | 'signals' | 'executions'>,
  account: AccountLabel,
  source: string,
  now: EpochMs,
): Promise<LaneStatus> {
  const [lane, end, work] = await Promise.all([
    lanes.readLane(account, source),
    signals.end(source),
    executions.listOpen(account),
  ])
  const lastTickAt = lane?.lastTickAt ?? null
  return {
    account,
    source,
    lane,
    lag: lane === null ? null : Math.max(0, end - lane.cursor),
    lastCommitAgeSeconds: lastTickAt === null ? null : Math.max(0, Math.round((now - lastTickAt) / 1000)),
    openCircuits: Object.entries(lane?.circuits ?? {})
      .filter(([, { openUntil }]) => openUntil !== null)
      .map(([strategy]) => strategy)
      .sort(),
    unsettled: work.filter(({ state }) => isUnsettled(state)),
    open: work.filter(({ state }) => !isUnsettled(state) && state !== 'absent'),
  }
}

export interface QueueStatus {
  readonly queue: QueueName
  readonly depth: QueueDepth
  readonly deadLetters: number
}

/** The queues that exist. */
export async function readQueueStatus(queues: QueueOperations): Promise<readonly QueueStatus[]> {
  const all = await Promise.all(
    QUEUE_NAMES.map(async (queue) => {
      const [depth, dead] = await Promise.all([
        queues.depth({ queue, deadLetters: false }),
        queues.depth({ queue, deadLetters: true }),
      ])
      return depth === null
        ? null
        : { queue, depth, deadLetters: dead === null ? 0 : dead.waiting + dead.inFlight }
    }),
  )
  return all.filter((status) => status !== null)
}
