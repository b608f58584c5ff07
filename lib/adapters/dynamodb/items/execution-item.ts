/**
 * Item kinds `executions`, the one order of an accepted decision, and `alpaca_order`, which leads to it. While
 * somebody still has to look after an execution, it stands in the sparse index `open`.
 */
import type { AccountLabel } from '../../../domain/account-label.ts'
import { TIMES_IN_FORCE } from '../../../domain/decision.ts'
import {
  type Claim,
  type Disowning,
  type EvidenceTime,
  type Execution,
  type FillEvidence,
  type Misses,
  OPEN_STATES,
  type OrderEvidence,
  type PermissionRecord,
  TERMINAL_STATES,
  UNSETTLED_STATES,
  isOpenWork,
} from '../../../domain/execution.ts'
import type { AlpacaOrderId, ClientOrderId } from '../../../domain/ids.ts'
import {
  type FieldCodecs,
  decimalText,
  finite,
  flag,
  instantText,
  integer,
  nanoInstantText,
  optional,
  list,
  oneOf,
  text,
} from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition, brokerTarget, side } from './shared.ts'

export const EXECUTION_PREFIX = 'executions#'

export function executionKey(account: AccountLabel, id: ClientOrderId): ItemKey {
  return { pk: accountPartition(account), sk: EXECUTION_PREFIX + id }
}

const evidenceTime: FieldCodecs<EvidenceTime> = { at: optional(nanoInstantText), feedSeq: optional(finite) }

const terminal = record<NonNullable<OrderEvidence['terminal']>>({
  ...evidenceTime,
  state: oneOf('filled', 'canceled', 'expired', 'replaced', 'rejected'),
})

const fill = record<FillEvidence>({
  ...evidenceTime,
  filledQuantity: decimalText,
  averageFillPrice: optional(decimalText),
})

export const executionItem = defineItem<Execution>({
  name: 'execution',
  schema: 1,
  codec: record<Execution>(
    {
      accountLabel: text(),
      clientOrderId: text(),
      decisionId: text(),
      symbol: text(),
      side,
      quantity: decimalText,
      timeInForce: oneOf(...TIMES_IN_FORCE),
      limitPrice: optional(decimalText),
      brokerTarget,
      state: oneOf(...UNSETTLED_STATES, ...OPEN_STATES, ...TERMINAL_STATES),
      revision: integer,
      claim: optional(record<Claim>({ token: text(), diesAt: instantText, takeover: flag, dead: flag })),
      misses: optional(record<Misses>({ count: integer, lastAt: instantText })),
      neverPostAgain: flag,
      alpacaOrderId: optional(text()),
      deniedReason: optional(text()),
      rejection: optional(text()),
      note: optional(text()),
      permission: optional(
        record<PermissionRecord>({ killSwitchVersion: text(), killSwitchAgeSeconds: finite }),
      ),
      evidence: optional(
        record<OrderEvidence>({
          terminal: optional(terminal),
          correction: optional(fill),
          fills: list(fill),
        }),
      ),
      recheckedAt: optional(instantText),
      disowned: optional(record<Disowning>({ operator: text(), at: instantText, alpacaOrderId: text() })),
      filledQuantity: decimalText,
      averageFillPrice: optional(decimalText),
      createdAt: instantText,
      updatedAt: instantText,
    },
    { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ accountLabel, clientOrderId }) => executionKey(accountLabel, clientOrderId),
  openKey: (execution) =>
    isOpenWork(execution)
      ? { open_pk: accountPartition(execution.accountLabel), open_sk: execution.clientOrderId }
      : null,
})

/** Item kind `alpaca_order`: from the broker's order id to our execution. */
export interface OrderPointer {
  readonly accountLabel: AccountLabel
  readonly alpacaOrderId: AlpacaOrderId
  readonly clientOrderId: ClientOrderId
}

export function orderPointerKey(account: AccountLabel, order: AlpacaOrderId): ItemKey {
  return { pk: accountPartition(account), sk: `alpaca_order#${order}` }
}

export const orderPointerItem = defineItem<OrderPointer>({
  name: 'order pointer',
  schema: 1,
  codec: record<OrderPointer>(
    { accountLabel: text(), alpacaOrderId: text(), clientOrderId: text() },
    { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ accountLabel, alpacaOrderId }) => orderPointerKey(accountLabel, alpacaOrderId),
})
