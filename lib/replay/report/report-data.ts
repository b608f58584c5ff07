/** What a report shows, as it stands in its file: plain JSON, read by the page (lib/replay/report/page). */
import type { RunFigures } from '../figures/run-figures.ts'

/** Seconds since the epoch, and a value. */
export type DataPoint = readonly [at: number, value: number]

export interface DecisionData {
  /** When it was filled, or decided where nothing was. Seconds. */
  readonly at: number
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  /** What was filled; what was wanted where nothing was. */
  readonly quantity: number
  readonly price: number | null
  readonly fee: number
  readonly strategies: string
  /** Why they wanted it. */
  readonly reasons: string
  /** `filled`, another state of its order, or `denied`. */
  readonly outcome: string
  /** The reason of a denial, with its figures. */
  readonly detail: string
  /** Of the round trip that it ended; null for all others. */
  readonly profit: number | null
}

export interface PriceData {
  readonly symbol: string
  readonly points: readonly DataPoint[]
}

export interface MonthData {
  /** `2009-07` */
  readonly month: string
  /** Shares; null: the month began with nothing, or in debt. */
  readonly account: number | null
  readonly benchmark: number | null
}

export interface AccountData {
  readonly label: string
  readonly figures: RunFigures
  readonly equity: readonly DataPoint[]
  readonly benchmark: readonly DataPoint[]
  /** Share below the highest equity so far, zero or less. */
  readonly drawdown: readonly DataPoint[]
  readonly months: readonly MonthData[]
  /** What is still held at the end: quantity, negative when short, and its worth at the last price. */
  readonly held: readonly (readonly [symbol: string, quantity: number, worth: number])[]
  /** In the order of the log; why each was made stands at the same place in the file's explanations. */
  readonly decisions: readonly DecisionData[]
  /** Date as seconds, reason, number. */
  readonly denials: readonly (readonly [at: number, reason: string, count: number])[]
  /** What else is worth telling: conflicts, fallbacks, circuits. */
  readonly counts: readonly (readonly [name: string, count: number, detail: string])[]
  /** Of each strategy beside its trades: name, intents, denials, errors, fallbacks, seconds with an open circuit. */
  readonly strategies: readonly (readonly [string, number, number, number, number, number])[]
}

export interface ReportData {
  readonly title: string
  /** What dealing cost, in words; null where that is the broker's affair. */
  readonly terms: string | null
  readonly digest: string | null
  readonly prices: readonly PriceData[]
  readonly accounts: readonly AccountData[]
  /** How many decisions one piece of explanations holds; pieces of an account follow one another. */
  readonly pieceSize: number
}

/** A piece of explanations: for each decision its sections, of a title and rows. */
export type ExplanationPiece = readonly (readonly (readonly [
  title: string,
  rows: readonly (readonly string[])[],
])[])[]
