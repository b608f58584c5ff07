/** A row of `torghut decisions`: a signal's outcome, with one decision about it if there is one. */
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import { type ValueOf, decimalText, instantText, integer, list, nullable, text } from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'

const summary = record({
  decisionId: text(),
  side: text(),
  quantity: decimalText,
  price: nullable(decimalText),
  /** Null: at the market. */
  limitPrice: nullable(decimalText),
  /** By our own checks, before the order was sent or right before it. */
  denied: nullable(text()),
  /** What the denial compared: `1,020 > 1,000`; null where it compared nothing. */
  figures: nullable(text()),
  strategies: list(text()),
  reasons: list(text()),
  confidence: decimalText,
  targetNotional: decimalText,
  order: nullable(
    record({
      clientOrderId: text(),
      state: text(),
      filledQuantity: decimalText,
      averageFillPrice: nullable(decimalText),
      /** The broker's own words, of an order that it refused. */
      rejection: nullable(text()),
    }),
  ),
})

/** A row as `--json` prints it. */
export const decisionRow = record({
  account: text(),
  position: integer,
  /** Null: retention has removed the signal. */
  eventTs: nullable(instantText),
  symbol: text(),
  /** What became of the signal: `decided:1`, `no_intent`, `strategy_error:0`, `normalization_error:...`. */
  outcome: text(),
  /** Strategies that could not decide, when nothing was decided. */
  failed: list(text()),
  decision: nullable(summary),
})

export type DecisionSummary = ValueOf<typeof summary>
export type DecisionRow = ValueOf<typeof decisionRow>

export function isDenied({ decision }: DecisionRow): boolean {
  return decision !== null && decision.denied !== null
}

/** With what became of its order. */
export function summarize(decision: Decision, execution: Execution | undefined): DecisionSummary {
  const { outcome, sourceStrategyIds: strategies, explain: reasons } = decision
  const sent = execution !== undefined && execution.state !== 'denied'
  return {
    ...decision,
    denied: outcome.kind === 'denied' ? outcome.reason : (execution?.deniedReason ?? null),
    figures: outcome.kind === 'denied' ? outcome.figures : null,
    strategies,
    reasons,
    order: sent ? execution : null,
  }
}
