/**
 * Item kind `cycle`: the sealed inputs and plan of one lane version (docs/architecture.md#sealed-plan).
 *
 * What grows with strategies, symbols or orders is compressed when it is long, its count in clear; cursors,
 * hashes and flags always stand in clear.
 */
import type { AccountLabel } from '../../../domain/account-label.ts'
import type {
  AccountBalance,
  AccountConfig,
  AccountSnapshot,
  OpenOrder,
  Position,
} from '../../../domain/account.ts'
import { StateError } from '../../../domain/errors.ts'
import { sha256Hex } from '../../../domain/ids.ts'
import {
  type CycleInputsRecord,
  type CycleRecord,
  type Observation,
  PLAN_SCHEMA,
  type Plan,
  type SignalOutcome,
  type UnsettledOrder,
} from '../../../domain/plan.ts'
import {
  type RecordCodec,
  decimalText,
  finite,
  flag,
  instantText,
  integer,
  list,
  mapOf,
  mapped,
  nullable,
  record,
  text,
} from '../../../formats/codec.ts'
import { type ItemKey, MAX_ITEM_BYTES, assertItemFits, defineItem, itemSize } from '../table/item.ts'
import { packable } from '../table/packable.ts'
import { decisionDetailsCodec } from './decision-item.ts'
import { circuits, cooldowns } from './lane-item.ts'
import { type SealedDecisions, sealDecisions, unsealDecisions } from './sealed-decisions.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition, brokerTarget, side, texts } from './shared.ts'

/** As large as any expiry the store adds, in epoch seconds. */
const LARGEST_EXPIRY = 99_999_999_999

const SHA256_HEX = /^[0-9a-f]{64}$/

/** The broker's own id of an account is stored only as a hash. */
const hashedText = mapped<string, string>(
  text(),
  (value) => (SHA256_HEX.test(value) ? value : sha256Hex(value)),
  (stored) => stored,
)

const range = nullable(record<{ readonly from: number; readonly to: number }>({ from: integer, to: integer }))

const account = record<AccountConfig>({
  label: text(),
  enabled: flag,
  target: brokerTarget,
  strategies: nullable(texts),
})

const balance = record<AccountBalance>({
  brokerAccountId: hashedText,
  equity: decimalText,
  lastEquity: decimalText,
  cash: decimalText,
  buyingPower: decimalText,
  tradingBlocked: flag,
})

const snapshot = record<AccountSnapshot>({
  balance,
  positions: packable(
    list(record<Position>({ symbol: text(), quantity: decimalText, marketValue: decimalText })),
  ),
  openOrders: packable(
    list(
      record<OpenOrder>({
        clientOrderId: text(),
        alpacaOrderId: text(),
        symbol: text(),
        side,
        quantity: decimalText,
        filledQuantity: decimalText,
      }),
    ),
  ),
})

const inputs = record<CycleInputsRecord>({
  tickAt: instantText,
  cursor: integer,
  positions: range,
  catalogHash: text(),
  settings: packable(mapOf(text())),
  account,
  killSwitchOn: flag,
  unsettled: packable(
    list(record<UnsettledOrder>({ clientOrderId: text(), symbol: text(), side, quantity: decimalText })),
  ),
  snapshot,
  restHash: text(),
  codeVersion: text(),
})

const planSchema = mapped<number, number>(
  integer,
  (schema) => schema,
  (schema, path) => {
    if (schema !== PLAN_SCHEMA) {
      throw new StateError(`${path}: the plan has schema ${schema}, this code knows ${PLAN_SCHEMA}`)
    }
    return schema
  },
)

interface StoredPlan extends Omit<Plan, 'decisions'> {
  readonly decisions: SealedDecisions['details']
  readonly decisionIdsHash: string
}

const plan = record<StoredPlan>({
  schema: planSchema,
  decisions: packable(list(decisionDetailsCodec)),
  decisionIdsHash: text(),
  outcomes: packable(list(record<SignalOutcome>({ position: integer, code: text() }))),
  expired: range,
  nextCursor: integer,
  circuits,
  cooldowns,
  observations: packable(
    list(record<Observation>({ metric: text(), count: finite, properties: mapOf(text()) })),
  ),
})

type StoredCycle = Omit<CycleRecord, 'plan'> & { readonly plan: StoredPlan }

const storedCycle = record<StoredCycle>(
  { accountLabel: text(), source: text(), version: integer, inputs, plan },
  { accountLabel: ACCOUNT_ATTRIBUTE },
)

const cycle: RecordCodec<CycleRecord> = {
  encode: (value) => {
    const { details, idsHash } = sealDecisions(value.plan.decisions, decisionContext(value))
    return storedCycle.encode({
      ...value,
      plan: { ...value.plan, decisions: details, decisionIdsHash: idsHash },
    })
  },
  decode: (attribute, path) => {
    const stored = storedCycle.decode(attribute, path)
    const { decisions: details, decisionIdsHash: idsHash, ...rest } = stored.plan
    const decisions = unsealDecisions({ details, idsHash }, decisionContext(stored), `${path}.plan.decisions`)
    return { ...stored, plan: { ...rest, decisions } }
  },
}

function decisionContext({
  accountLabel,
  source,
  inputs: { tickAt, account: planned },
}: StoredCycle | CycleRecord) {
  return { accountLabel, source, tickAt, brokerTarget: planned.target }
}

export function cyclePrefix(source: string): string {
  return `cycle#${source}#`
}

export function cycleKey(label: AccountLabel, source: string, version: number): ItemKey {
  return { pk: accountPartition(label), sk: cyclePrefix(source) + String(version).padStart(12, '0') }
}

export const cycleItem = defineItem<CycleRecord>({
  name: 'cycle record',
  schema: 1,
  codec: cycle,
  key: ({ accountLabel, source, version }) => cycleKey(accountLabel, source, version),
})

/** The size in bytes that the record has when it is stored. */
export function encodedSize(value: CycleRecord): number {
  return itemSize(cycleItem.encode(value, LARGEST_EXPIRY))
}

/**
 * Whether the record can be stored whole; if not, the cycle takes a smaller batch
 * (docs/architecture.md#item-size).
 */
export function fitsItem(value: CycleRecord): boolean {
  return encodedSize(value) <= MAX_ITEM_BYTES
}

/** @throws StateError when the record does not fit. */
export function assertFitsItem(value: CycleRecord): void {
  assertItemFits(cycleItem.encode(value, LARGEST_EXPIRY))
}
