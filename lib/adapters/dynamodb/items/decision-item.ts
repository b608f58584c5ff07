/** Item kind `trade_decisions`: one immutable decision of an account. */
import type { AccountLabel } from '../../../domain/account-label.ts'
import { type Decision, type DecisionOutcome, TIMES_IN_FORCE } from '../../../domain/decision.ts'
import type { DeniedReason } from '../../../domain/denied-reason.ts'
import type { DecisionId } from '../../../domain/ids.ts'
import {
  type FieldCodecs,
  decimalText,
  instantText,
  integer,
  optional,
  oneOf,
  text,
} from '../../../formats/codec.ts'
import { record, variants } from '../../../formats/codec-records.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition, brokerTarget, side, texts } from './shared.ts'

export const DECISION_PREFIX = 'trade_decisions#'

const outcome = variants<DecisionOutcome>({
  accepted: record({}),
  denied: record({ reason: text<DeniedReason>(), figures: optional(text()) }),
})

/** What a decision says beyond the cycle that it was made in, and the ids that derive from it. */
export type DecisionDetails = Omit<
  Decision,
  'decisionId' | 'clientOrderId' | 'accountLabel' | 'source' | 'brokerTarget' | 'tickAt'
>

const details: FieldCodecs<DecisionDetails> = {
  signalId: text(),
  position: integer,
  eventTs: instantText,
  symbol: text(),
  horizon: text(),
  origin: text(),
  side,
  quantity: decimalText,
  price: optional(decimalText),
  timeInForce: oneOf(...TIMES_IN_FORCE),
  limitPrice: optional(decimalText),
  confidence: decimalText,
  targetNotional: decimalText,
  sourceStrategyIds: texts,
  explain: texts,
  outcome,
}

export const decisionDetailsCodec = record<DecisionDetails>(details)

const decisionCodec = record<Decision>(
  {
    decisionId: text(),
    clientOrderId: text(),
    accountLabel: text(),
    source: text(),
    brokerTarget,
    tickAt: instantText,
    ...details,
  },
  { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
)

export function decisionKey(account: AccountLabel, id: DecisionId): ItemKey {
  return { pk: accountPartition(account), sk: DECISION_PREFIX + id }
}

export const decisionItem = defineItem<Decision>({
  name: 'decision',
  schema: 1,
  codec: decisionCodec,
  key: ({ accountLabel, decisionId }) => decisionKey(accountLabel, decisionId),
})
