/**
 * Explains decisions from what is stored: the sealed cycles are planned again with somebody listening, the rest is what became of
 * the order. Nothing is stored for it.
 */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Execution } from '../../domain/execution.ts'
import type { CycleRecord } from '../../domain/plan.ts'
import { differenceInWords, firstDifference } from '../first-difference.ts'
import { type RerunDeps, rerunListening } from '../rerun.ts'
import { explainingListener } from './explain-plan.ts'
import type { Explanation, OrderExplanation, PlannedExplanation } from './explanation.ts'

const OTHER_CODE =
  'the code at hand does not come to this decision: it is other code, or lacks the plugins (--plugins MODULE)'

/** A lane, and which of its decisions are asked about. */
export interface Asked {
  readonly account: AccountLabel
  readonly source: string
  readonly isAsked: (decision: Decision) => boolean
}

/** Each of them as its sealed cycle holds it, in the order of the log. */
export async function* explainDecisions(
  { account, source, isAsked }: Asked,
  executionOf: (decision: Decision) => Execution | undefined,
  deps: RerunDeps,
): AsyncGenerator<Explanation> {
  const kept = new Map<string, PlannedExplanation>()
  const cycles = rerunListening(
    account,
    source,
    ({ plan }) => plan.decisions.some(isAsked),
    (inputs) => explainingListener(inputs, (id, explained) => kept.set(id, explained)),
    deps,
  )
  for await (const { record, plan, reason } of cycles) {
    for (const decision of record.plan.decisions.filter(isAsked)) {
      const again = plan?.decisions.find(({ decisionId }) => decisionId === decision.decisionId)
      yield {
        ...ofDecision(decision, record),
        planned: kept.get(decision.decisionId) ?? null,
        unplanned: reason ?? (again === undefined ? OTHER_CODE : null),
        difference: again === undefined ? null : differenceOf(decision, again),
        order: orderOf(executionOf(decision)),
      }
    }
    kept.clear()
  }
}

function ofDecision(
  decision: Decision,
  { version, inputs }: CycleRecord,
): Omit<Explanation, 'planned' | 'unplanned' | 'difference' | 'order'> {
  const { outcome } = decision
  return {
    decisionId: decision.decisionId,
    account: decision.accountLabel,
    symbol: decision.symbol,
    horizon: decision.horizon,
    origin: decision.origin,
    side: decision.side,
    quantity: decision.quantity,
    price: decision.price,
    reasons: decision.explain,
    position: decision.position,
    eventTs: decision.eventTs,
    tickAt: decision.tickAt,
    cycle: version,
    codeVersion: inputs.codeVersion,
    catalogHash: inputs.catalogHash,
    denied: outcome.kind === 'denied' ? outcome.reason : null,
    figures: outcome.kind === 'denied' ? outcome.figures : null,
  }
}

function differenceOf(sealed: Decision, again: Decision): string | null {
  const difference = firstDifference(sealed, again)
  return difference === null ? null : differenceInWords(difference)
}

function orderOf(execution: Execution | undefined): OrderExplanation | null {
  if (execution === undefined) return null
  const { permission, deniedReason } = execution
  return {
    ...execution,
    denied: deniedReason,
    killSwitchVersion: permission?.killSwitchVersion ?? null,
    killSwitchAgeSeconds: permission?.killSwitchAgeSeconds ?? null,
  }
}
