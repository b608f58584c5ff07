/** Each risk check of one decision with its verdict and figures, in the order in which they are asked: for `explain`. */
import { PERMISSION_REASONS, QUANTITY_REASONS, type DeniedReason } from '../../domain/denied-reason.ts'
import type { Sizing } from '../sizing.ts'
import type { ProposedDecision, RiskContext } from './context.ts'
import { denialFigures, passedFigures } from './denial-figures.ts'
import { evaluateRisk } from './evaluate.ts'

export interface CheckReport {
  readonly reason: DeniedReason
  /** The first denial ends the questions. */
  readonly verdict: 'passed' | 'denied' | 'not_reached'
  /** What was compared; null where nothing was. */
  readonly figures: string | null
}

export function reportChecks(
  decision: ProposedDecision,
  sizing: Sizing,
  context: RiskContext,
): readonly CheckReport[] {
  const denied = evaluateRisk(decision, sizing, context)
  const found: readonly DeniedReason[] = sizing.denied === null ? [] : [sizing.denied]
  const asked = [
    ...PERMISSION_REASONS,
    ...found,
    ...QUANTITY_REASONS.filter((reason) => reason !== sizing.denied),
  ]
  const last = denied === null ? asked.length : asked.indexOf(denied)
  return asked.map((reason, index): CheckReport => {
    if (index > last) return { reason, verdict: 'not_reached', figures: null }
    return index === last
      ? { reason, verdict: 'denied', figures: denialFigures(reason, decision, context) }
      : { reason, verdict: 'passed', figures: passedFigures(reason, decision, context) }
  })
}
