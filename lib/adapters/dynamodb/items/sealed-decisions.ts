/**
 * The decisions of a cycle record without what the record says anyway: account, source, tick, broker target, and
 * the ids, which derive from the rest. A hash over the ids is kept instead.
 *
 * Invariant: what comes out of a record are the very decisions that went in. A decision that does not belong to
 * its record is never stored, and ids that would come out differently (a newer version that derives them in
 * another way) are a StateError, since they would be other orders.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Decision } from '../../../domain/decision.ts'
import { StateError } from '../../../domain/errors.ts'
import { clientOrderId, decisionId, encodeFields, sha256Hex } from '../../../domain/ids.ts'
import type { CycleRecord } from '../../../domain/plan.ts'
import type { DecisionDetails } from './decision-item.ts'

/** What a record says of all its decisions. */
type Context = Pick<Decision, 'accountLabel' | 'source' | 'tickAt' | 'brokerTarget'>

export interface SealedDecisions {
  readonly decisions: readonly DecisionDetails[]
  readonly decisionIdsHash: string
}

/** A record's parts that say it. */
type Around = Pick<CycleRecord, 'accountLabel' | 'source'> & {
  readonly inputs: Pick<CycleRecord['inputs'], 'tickAt' | 'account'>
}

/** @throws StateError for a decision that is not of this record. */
export function sealDecisions({ plan: { decisions }, ...record }: CycleRecord): SealedDecisions {
  const context = contextOf(record)
  for (const decision of decisions) {
    if (!isOf(context, decision)) {
      throw new StateError(`decision ${decision.decisionId} is not one of its cycle record`)
    }
  }
  return { decisions, decisionIdsHash: hashIds(decisions) }
}

/** @throws StateError when the ids are not those that were sealed. */
export function unsealDecisions(sealed: SealedDecisions, record: Around): readonly Decision[] {
  const context = contextOf(record)
  const decisions = sealed.decisions.map((details) => restore(details, context))
  if (hashIds(decisions) === sealed.decisionIdsHash) return decisions
  throw new StateError(
    `the sealed decisions of ${record.accountLabel}: the ids are not those that were sealed`,
    {
      advice: 'Another version sealed this plan: deploy that version again until the cycle is finished.',
    },
  )
}

/** Whether leaving out what the record says loses nothing. */
function isOf(context: Context, decision: Decision): boolean {
  const { brokerTarget, ...restored } = restore(decision, context)
  const fields = Object.keys(restored) as (keyof typeof restored)[]
  return (
    fields.every((field) => restored[field] === decision[field]) &&
    isDeepStrictEqual(brokerTarget, decision.brokerTarget)
  )
}

function contextOf({ accountLabel, source, inputs: { tickAt, account } }: Around): Context {
  return { accountLabel, source, tickAt, brokerTarget: account.target }
}

function restore(details: DecisionDetails, context: Context): Decision {
  const id = decisionId(context.accountLabel, details.signalId, details.horizon, details.origin)
  return { ...details, ...context, decisionId: id, clientOrderId: clientOrderId(id) }
}

function hashIds(decisions: readonly Decision[]): string {
  return sha256Hex(encodeFields(...decisions.map(({ decisionId: id, clientOrderId: order }) => id + order)))
}
