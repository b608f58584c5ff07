/**
 * Planning with plugins that may not come back (docs/architecture.md#plugins): under a guard that stops the pass, whose last
 * asked plugin is then asked alone once more, since a stalled processor must not blame an honest one. Is it stopped again,
 * the plan is made anew with that strategy marked from that signal on; the mark is a sealed input.
 *
 * Invariant: a pass that was stopped leaves nothing behind, since plans are pure.
 */
import type { Interrupter } from '../ports/interrupter.ts'
import type { TimedOut } from '../domain/plan.ts'
import type { PlanListener } from '../plan/plan-cycle.ts'
import type { TimeBudget } from './invocation.ts'

/** Time ran out in a plugin that did not come back; nothing is sealed. */
export interface InterruptedPlan {
  readonly kind: 'plan_interrupted'
  /** Whose plugin was asked; null: none was. */
  readonly strategyId: string | null
}

export type InTime<Made> = { readonly kind: 'made'; readonly made: Made } | InterruptedPlan

interface Question {
  readonly strategyId: string
  readonly position: number
  readonly ask: () => unknown
}

export interface Guard {
  readonly interrupter: Interrupter | undefined
  /** What one plugin may take for one signal. */
  readonly budgetMs: number
  readonly time: TimeBudget
  /** Told of each strategy right before its plugin is asked. */
  readonly asking: (strategyId: string) => void
  /** Those that are known not to come back. */
  readonly timedOut: TimedOut
}

/** What is left of an invocation when its plan is stopped for good: to say so. */
const LAST_WORD_MS = 5000
/** A pass whose plugins all come back was stopped too early: the next one gets this many times as long. */
const LONGER = 4

/** @param make a pass: plans with the strategies that timed out, told of each question */
export function planInTime<Made>(
  make: (timedOut: TimedOut, told: NonNullable<PlanListener['asking']>) => Made,
  { interrupter, budgetMs, time, asking, timedOut: known }: Guard,
): InTime<Made> {
  const timedOut: Record<string, number> = { ...known }
  let limitMs = budgetMs
  for (;;) {
    const last: { question: Question | null } = { question: null }
    const pass = () =>
      make(timedOut, (strategyId, ask, position) => {
        last.question = { strategyId, ask, position }
        asking(strategyId)
      })
    if (interrupter === undefined) return { kind: 'made', made: pass() }
    const roomMs = time.remainingMs() - LAST_WORD_MS
    const planned = interrupter.run(pass, Math.min(limitMs, roomMs))
    if (planned.kind === 'done') return { kind: 'made', made: planned.value }
    const { question } = last
    if (time.remainingMs() <= LAST_WORD_MS + budgetMs) {
      return { kind: 'plan_interrupted', strategyId: question?.strategyId ?? null }
    }
    if (question !== null && !comesBack(question, interrupter, budgetMs)) {
      timedOut[question.strategyId] = question.position
    } else limitMs *= LONGER
  }
}

function comesBack({ ask }: Question, interrupter: Interrupter, budgetMs: number): boolean {
  const answer = interrupter.run(() => {
    try {
      ask()
    } catch {
      // throwing is an answer too
    }
  }, budgetMs)
  return answer.kind === 'done'
}
