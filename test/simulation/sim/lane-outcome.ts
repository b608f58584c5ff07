/** What comes of a lane's message, and what may. */
import type { TickOutcome } from '../../../lib/lanes/handle-tick.ts'
import type { Finding } from './execution-rules.ts'
import type { Invocation } from './host.ts'
import type { Observed } from './observed.ts'

/** The outcome in two words. */
export function shortly(outcome: TickOutcome): { readonly kind: string; readonly reason: string } {
  if (outcome.kind !== 'cycle') {
    return { kind: outcome.kind, reason: 'reason' in outcome ? outcome.reason : '' }
  }
  const { run } = outcome
  return { kind: run.kind, reason: 'reason' in run ? run.reason : '' }
}

export interface OutcomeWorld {
  /** Since when nothing fails any more; null: it still does. */
  readonly calmSince: number | null
  /** Of an idle cycle. */
  readonly mostCalls: number
  /** Whether `reconcile` should find nothing to change any more. */
  readonly isReconciled: boolean
  readonly world: Observed
}

/** One calm tick may still meet what was under way. */
const CALM_TICK_MS = 60_000

export function judgeOutcome(
  account: string,
  outcome: TickOutcome,
  { startedAt, disturbed, requests }: Invocation,
  { calmSince, mostCalls, isReconciled, world }: OutcomeWorld,
): readonly Finding[] {
  const { kind, reason } = shortly(outcome)
  const found: Finding[] = []
  if (kind === 'halted' && !world.exchange.foreign.has(account)) {
    found.push(['settling', `${account} is halted: ${reason}`])
  }
  if (reason === 'an unexpected fault') found.push(['faults-stay-local', reason])
  const isFailed = kind === 'failed' || kind === 'retryable'
  const isCalm = calmSince !== null && startedAt > calmSince + CALM_TICK_MS
  if (isFailed && isCalm && world.scenario.accounts.includes(account)) {
    found.push(['settled-in-four-ticks', `${account} fails though nothing else does: ${reason}`])
  }
  if (kind === 'idle' && !disturbed && requests > mostCalls) {
    found.push(['cycle', `an idle cycle made ${requests} calls`])
  }
  if (isReconciled && outcome.kind === 'reconcile' && outcome.summary.drift > 0) {
    found.push(['equal-plans', `${outcome.summary.drift} things differ after a pass of reconcile`])
  }
  return found
}
