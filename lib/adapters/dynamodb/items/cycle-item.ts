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
  type SealedHistory,
  type SignalOutcome,
  type UnsettledOrder,
  unknownPlanReason,
} from '../../../domain/plan.ts'
import {
  decimalText,
  finite,
  flag,
  instantText,
  integer,
  isMap,
  list,
  mapOf,
  optional,
  text,
} from '../../../formats/codec.ts'
import { mapped, record, versioned } from '../../../formats/codec-records.ts'
import { type ItemKey, type ItemKind, MAX_ITEM_BYTES, defineItem, itemSize } from '../table/item.ts'
import { mostBytes } from '../table/item-bound.ts'
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

const range = optional(record<{ readonly from: number; readonly to: number }>({ from: integer, to: integer }))

const account = record<AccountConfig>({
  label: text(),
  enabled: flag,
  target: brokerTarget,
  strategies: optional(texts),
})

const balance = record<AccountBalance>({
  brokerAccountId: hashedText,
  equity: decimalText,
  lastEquity: decimalText,
  cash: decimalText,
  buyingPower: decimalText,
  nonMarginableBuyingPower: optional(decimalText),
  tradingBlocked: flag,
})

const snapshot = record<AccountSnapshot>({
  balance,
  positions: packable(
    list(
      record<Position>({
        symbol: text(),
        quantity: decimalText,
        marketValue: optional(decimalText),
        averageEntryPrice: optional(decimalText),
      }),
    ),
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
  timedOut: optional(mapOf(integer)),
  history: optional(
    packable(
      list(
        record<SealedHistory>({ symbol: text(), timeframe: text(), positions: list(integer), hash: text() }),
      ),
    ),
  ),
  unsettled: packable(
    list(record<UnsettledOrder>({ clientOrderId: text(), symbol: text(), side, quantity: decimalText })),
  ),
  snapshot,
  restHash: text(),
  codeVersion: text(),
})

interface StoredPlan extends Omit<Plan, 'schema' | 'decisions'>, SealedDecisions {}

const planFields = record<StoredPlan>({
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

const plan = versioned('schema', PLAN_SCHEMA, planFields)

type StoredCycle = Omit<CycleRecord, 'plan'> & { readonly plan: StoredPlan }

const storedCycle = record<StoredCycle>(
  { accountLabel: text(), source: text(), version: integer, inputs, plan },
  { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
)

const cycle = mapped<CycleRecord, StoredCycle>(
  storedCycle,
  (value) => ({ ...value, plan: { ...value.plan, ...sealDecisions(value) } }),
  ({ plan: { decisionIdsHash, decisions, ...rest }, ...value }) => ({
    ...value,
    plan: {
      ...rest,
      schema: PLAN_SCHEMA,
      decisions: unsealDecisions({ decisions, decisionIdsHash }, value),
    },
  }),
)

export function cyclePrefix(source: string): string {
  return `cycle#${source}#`
}

export function cycleKey(label: AccountLabel, source: string, version: number): ItemKey {
  return { pk: accountPartition(label), sk: cyclePrefix(source) + String(version).padStart(12, '0') }
}

const known = defineItem<CycleRecord>({
  name: 'cycle record',
  schema: 1,
  codec: cycle,
  key: ({ accountLabel, source, version }) => cycleKey(accountLabel, source, version),
})

/** What a newer version sealed is not corrupted: whoever rolled it back is told so, and what to do. */
export const cycleItem: ItemKind<CycleRecord> = {
  ...known,
  decode: (item) => {
    const { plan: sealed } = item
    const schema = isMap(sealed) ? sealed['schema'] : undefined
    if (typeof schema === 'number' && schema > PLAN_SCHEMA) {
      const advice = 'A newer version wrote it: deploy that version again.'
      throw new StateError(unknownPlanReason(schema), { advice })
    }
    return known.decode(item)
  },
}

/** The size in bytes that the record has when it is stored. */
export function encodedSize(value: CycleRecord, kind: ItemKind<CycleRecord> = cycleItem): number {
  return itemSize(kind.encode(value, LARGEST_EXPIRY))
}

/**
 * Whether the record can be stored whole; if not, the cycle takes a smaller batch
 * (docs/architecture.md#item-size).
 */
export function fitsItem(value: CycleRecord, kind: ItemKind<CycleRecord> = cycleItem): boolean {
  return mostBytes(value) <= MAX_ITEM_BYTES || encodedSize(value, kind) <= MAX_ITEM_BYTES
}
