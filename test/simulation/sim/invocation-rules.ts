/**
 * What a lane's invocation may cost when nothing has met its requests, and what it must have reached: judged when it has
 * ended.
 */
import type { TickOutcome } from '../../../lib/lanes/handle-tick.ts'
import type { Finding } from './execution-rules.ts'
import type { Invocation } from './host.ts'
import type { Evidence } from './observed.ts'

/** One reading of what permits orders serves for so long. */
const READING_KEPT_MS = 3000
/** Lane, signals, seal and commit; decision, claim, answer and pointer of each order. */
const CALLS = { ofCycle: 4, ofOrder: 4 }
/** A tick after signals takes its note away. */
const CALLS_AFTER_SIGNALS = 1
/** The current catalog, the flags in five requests, and the account's entry where a roster holds it. */
const READS_OF_NOW = 7
const SNAPSHOT_REQUESTS = 3
/** What one invocation cancels at least, if there is so much. */
const CANCELLED_AT_LEAST = 50
/** What a second attempt gets past. */
const ONCE: ReadonlySet<string> = new Set(['fails_before', 'never_answered', 'answer_lost', 'throttled'])

export interface EndedLane {
  readonly account: string
  readonly outcome: TickOutcome
  /** Whether its tick came after signals. */
  readonly isAfterSignals: boolean
  /** Whether it looked at the catalog and the flags of now, or found no lane. */
  readonly isDearer: boolean
  /** Orders that it sent, and whether other invocations of the lane ran meanwhile. */
  readonly posts: number
  readonly isAlone: boolean
}

export function judgeEnded(invocation: Invocation, lane: EndedLane, world: Evidence): readonly Finding[] {
  return [
    ...judgeCosts(invocation, lane, world),
    ...judgeCancelling(invocation, lane, world),
    ...judgeDenials(invocation, lane, world),
  ]
}

function judgeCosts(
  { disturbed, startedAt, counts, unsettledBefore }: Invocation,
  { outcome, isDearer, isAfterSignals, posts }: EndedLane,
  { kernel, scenario }: Evidence,
): readonly Finding[] {
  const tookMs = kernel.now - startedAt
  if (disturbed || isDearer || outcome.kind !== 'cycle' || outcome.run.kind !== 'done') return []
  const found: Finding[] = []
  const readings = 1 + Math.floor(tookMs / READING_KEPT_MS)
  if (counts.flags > readings)
    found.push(['order-firewall', `${counts.flags} readings of the switch in ${tookMs} ms`])
  const { cycles, signals, unsettled } = outcome.run
  // each of its signals became an order, nothing else was to be done, and nobody else wrote meanwhile
  const isPlain =
    cycles === 1 &&
    posts > 0 &&
    signals === posts &&
    unsettled + unsettledBefore === 0 &&
    counts.refused === 0 &&
    counts.broker === SNAPSHOT_REQUESTS + posts
  // a longer run looks at its lane once more, and a full batch at what is behind it
  const isFull = signals === Number(scenario.settings['TRADING_SIGNAL_BATCH_SIZE'] ?? 500)
  const further = readings - 1 + Number(isFull) + Number(isAfterSignals) * CALLS_AFTER_SIGNALS
  // what came before each signal, where a strategy looks at it
  const past = scenario.looksBack ? signals : 0
  const most = CALLS.ofCycle + CALLS.ofOrder * posts + further + past
  if (isPlain && counts.state > most) found.push(['cycle', `${counts.state} state calls for ${posts} orders`])
  return found
}

/** While the tick says on, what was open when it came is cancelled, whatever else cannot be read. */
function judgeCancelling(
  { disturbed, startedAt, killSwitchOn, counts }: Invocation,
  { account, outcome }: EndedLane,
  { exchange }: Evidence,
): readonly Finding[] {
  const isRun = outcome.kind === 'cycle' || outcome.kind === 'reconcile' || outcome.kind === 'failed'
  // the rest of more than that waits for the next tick (seed 4667)
  if (disturbed || !killSwitchOn || !isRun || counts.broker > CANCELLED_AT_LEAST) return []
  const open = exchange.openOrdersOf(account, startedAt)
  return open.length === 0 || open.length > CANCELLED_AT_LEAST
    ? []
    : [['kill-switch', `${account}: ${open.join()} stay open`]]
}

/** One request that failed costs no order. */
function judgeDenials(
  { faults, startedAt }: Invocation,
  { account, isAlone }: EndedLane,
  { view }: Evidence,
): readonly Finding[] {
  const [only] = faults
  if (!isAlone || faults.length !== 1 || only?.service !== 'ssm' || !ONCE.has(only.fault)) return []
  const denied = view
    .executions(account)
    .filter(
      ({ deniedReason, createdAt }) => deniedReason === 'kill_switch_unreadable' && createdAt >= startedAt,
    )
  return denied.length === 0
    ? []
    : [['order-firewall', `${denied.length} orders are denied since one request ended as ${only.fault}`]]
}

/** The most state calls of a cycle that finds nothing to do. */
export function idleCalls(tick: {
  readonly isNew: boolean
  readonly isDated: boolean
  readonly isAfterSignals: boolean
}): number {
  const { isNew, isDated, isAfterSignals } = tick
  return (isNew ? 4 : 2) + (isDated ? READS_OF_NOW : 0) + (isAfterSignals ? CALLS_AFTER_SIGNALS : 0)
}

/** Whether no other invocation of its function and group ran beside it. */
export function wasAlone(invocation: Invocation, all: readonly Invocation[]): boolean {
  const groupOf = ({ name }: Invocation): string => name.slice(0, name.lastIndexOf('.'))
  const { startedAt } = invocation
  const group = groupOf(invocation)
  return !all.some(
    (other) =>
      other !== invocation && (other.alive || other.endedAt >= startedAt) && groupOf(other) === group,
  )
}
