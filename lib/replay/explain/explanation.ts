/** Why a decision came out as it did, as `torghut explain --json` prints it and as the report shows it (docs/cli.md). */
import {
  type ValueOf,
  decimalText,
  finite,
  flag,
  instantText,
  integer,
  list,
  mapOf,
  nullable,
  oneOf,
  text,
} from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'

const strategyAnswer = record({
  strategy: text(),
  /** Type and version, as configured. */
  plugin: text(),
  /** `fallback`: it could not decide, and the legacy rule did; `unusable`: the signal lacks what the contract asks for. */
  answer: oneOf('intent', 'nothing', 'error', 'fallback', 'unusable'),
  side: nullable(text()),
  confidence: nullable(decimalText),
  targetNotional: nullable(decimalText),
  closes: flag,
  reasons: list(text()),
  /** Why it could not decide. */
  error: nullable(text()),
})

const mergedIntent = record({
  rank: integer,
  strategy: text(),
  side: text(),
  confidence: decimalText,
  targetNotional: decimalText,
  /** Confidence times notional, negative for a sale: what it adds to the net. */
  weight: decimalText,
  /** Whether it is on the side that won. */
  won: flag,
})

const merge = record({
  intents: list(mergedIntent),
  /** Sum of the weights; its sign decides, the best rank where it is zero. */
  net: decimalText,
  conflict: flag,
  side: text(),
  /** Mean of the winning side. */
  confidence: decimalText,
  /** Sum of the winning side. */
  targetNotional: decimalText,
})

const sizing = record({
  bounds: list(record({ bound: text(), amount: decimalText, binds: flag })),
  /** Null for an order that closes a position, which has none. */
  budget: nullable(decimalText),
  /** That the order is sized at: a limit buy's limit, else the signal's. */
  price: nullable(decimalText),
  /** Null: at the market. */
  limitPrice: nullable(decimalText),
  /** What is held on the other side and can be closed; null when there is none. */
  closable: nullable(decimalText),
  step: decimalText,
  quantity: decimalText,
  /** Why there is nothing to order. */
  denied: nullable(text()),
})

const account = record({
  equity: decimalText,
  buyingPower: decimalText,
  /** Of the decision's symbol; negative when short. */
  held: decimalText,
  averageEntryPrice: nullable(decimalText),
  /** What open orders still want of it. */
  openBuys: decimalText,
  openSells: decimalText,
})

const planned = record({
  features: mapOf(text()),
  normalizationError: nullable(text()),
  strategies: list(strategyAnswer),
  merge: nullable(merge),
  /** What the account was found to have, moved by what the cycle had decided before. */
  account,
  sizing,
  checks: list(record({ reason: text(), verdict: text(), figures: nullable(text()) })),
})

const order = record({
  clientOrderId: text(),
  state: text(),
  alpacaOrderId: nullable(text()),
  /** By the order firewall, right before it was to be sent. */
  denied: nullable(text()),
  killSwitchVersion: nullable(text()),
  killSwitchAgeSeconds: nullable(finite),
  rejection: nullable(text()),
  note: nullable(text()),
  filledQuantity: decimalText,
  averageFillPrice: nullable(decimalText),
  updatedAt: instantText,
})

export const explanation = record({
  decisionId: text(),
  account: text(),
  symbol: text(),
  horizon: text(),
  origin: text(),
  side: text(),
  quantity: decimalText,
  price: nullable(decimalText),
  reasons: list(text()),
  position: integer,
  eventTs: instantText,
  tickAt: instantText,
  cycle: integer,
  codeVersion: text(),
  catalogHash: text(),
  /** By our own checks. */
  denied: nullable(text()),
  figures: nullable(text()),
  /** What the plan says when it is made again; null: it cannot be, for `unplanned`. */
  planned: nullable(planned),
  unplanned: nullable(text()),
  /** Where the decision comes out otherwise than it was sealed, the field and both values; null: it does not. */
  difference: nullable(text()),
  order: nullable(order),
})

export type Explanation = ValueOf<typeof explanation>
export type PlannedExplanation = ValueOf<typeof planned>
export type StrategyAnswer = ValueOf<typeof strategyAnswer>
export type MergeExplanation = ValueOf<typeof merge>
export type AccountExplanation = ValueOf<typeof account>
export type SizingExplanation = ValueOf<typeof sizing>
export type OrderExplanation = ValueOf<typeof order>
