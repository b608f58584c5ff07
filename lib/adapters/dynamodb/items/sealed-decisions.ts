/**
 * The decisions of a cycle record without what the record says anyway: account, source, tick, broker target, and
 * the ids, which derive from the rest. A hash over the ids is kept instead.
 *
 * Invariant: what comes out of a record are the very decisions that went in. A decision that does not belong to
 * its record is never stored, and ids that would come out differently (a newer version that derives them in
 * another way) are a StateError, since they would be other orders.
 */
import type { AccountLabel } from '../../../domain/account-label.ts'
import type { BrokerTarget } from '../../../domain/account.ts'
import type { Decision } from '../../../domain/decision.ts'
import { StateError } from '../../../domain/errors.ts'
import { clientOrderId, decisionId, encodeFields, sha256Hex } from '../../../domain/ids.ts'
import type { EpochMs } from '../../../domain/time.ts'
import type { DecisionDetails } from './decision-item.ts'

/** What a record says of all its decisions. */
export interface DecisionContext {
  readonly accountLabel: AccountLabel
  readonly source: string
  readonly tickAt: EpochMs
  readonly brokerTarget: BrokerTarget
}

export interface SealedDecisions {
  readonly details: readonly DecisionDetails[]
  readonly idsHash: string
}

/** @throws StateError for a decision that is not of this record. */
export function sealDecisions(decisions: readonly Decision[], context: DecisionContext): SealedDecisions {
  for (const decision of decisions) {
    if (!belongs(decision, context)) {
      throw new StateError(`decision ${decision.decisionId} is not one of its cycle record`)
    }
  }
  return { details: decisions, idsHash: hashIds(decisions) }
}

/** @param path of the decisions, for errors. @throws StateError when the ids are not those that were sealed. */
export function unsealDecisions(
  { details, idsHash }: SealedDecisions,
  context: DecisionContext,
  path: string,
): readonly Decision[] {
  const decisions = details.map((decision) => restore(decision, context))
  if (hashIds(decisions) !== idsHash) {
    throw new StateError(`${path}: the decisions' ids are not those that were sealed`, {
      advice: 'Another version sealed this plan: deploy that version again until the cycle is finished.',
    })
  }
  return decisions
}

/** Whether leaving out what the record says loses nothing. */
function belongs(decision: Decision, context: DecisionContext): boolean {
  const restored = restore(decision, context)
  const { mode, baseUrl } = decision.brokerTarget
  return (
    decision.decisionId === restored.decisionId &&
    decision.clientOrderId === restored.clientOrderId &&
    decision.accountLabel === context.accountLabel &&
    decision.source === context.source &&
    decision.tickAt === context.tickAt &&
    mode === context.brokerTarget.mode &&
    baseUrl === context.brokerTarget.baseUrl
  )
}

function restore(details: DecisionDetails, context: DecisionContext): Decision {
  const id = decisionId(context.accountLabel, details.signalId, details.horizon, details.origin)
  return { ...details, ...context, decisionId: id, clientOrderId: clientOrderId(id) }
}

function hashIds(decisions: readonly Decision[]): string {
  return sha256Hex(encodeFields(...decisions.map(({ decisionId: id, clientOrderId: order }) => id + order)))
}
