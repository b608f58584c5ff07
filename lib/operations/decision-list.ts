/** What was decided for each signal of an account and why, from what is stored: for `torghut decisions`. */
import type { AccountLabel } from '../domain/account-label.ts'
import { formatDecimal } from '../domain/decimal.ts'
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { Plan } from '../domain/plan.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs, formatInstant } from '../domain/time.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import type { StateStores } from '../ports/state-stores.ts'

export interface DecisionRow {
  readonly account: AccountLabel
  readonly position: number
  readonly event_ts: string
  readonly symbol: string
  /** What became of the signal: `decided:1`, `no_intent`, `normalization_error:...`. */
  readonly outcome: string
  readonly decision: DecisionSummary | null
}

export interface DecisionSummary {
  readonly decision_id: string
  readonly side: string
  readonly quantity: string
  readonly price: string | null
  /** By our own checks, before the order was sent or right before it. */
  readonly denied: string | null
  readonly strategies: readonly string[]
  readonly reasons: readonly string[]
  readonly confidence: string
  readonly target_notional: string
  readonly order: OrderSummary | null
}

export interface OrderSummary {
  readonly client_order_id: string
  readonly state: string
  readonly filled_quantity: string
  readonly average_fill_price: string | null
}

/**
 * One row per decision, and one per signal without any, in the order of the log; those of cycles whose tick was at
 * or after `since` only, if given.
 */
export async function listDecisions(
  stores: Pick<StateStores, 'executions' | 'signals' | 'lanes'>,
  account: AccountLabel,
  source: string,
  since: EpochMs | null = null,
): Promise<DecisionRow[]> {
  const executions = new Map<string, Execution>()
  for await (const execution of stores.executions.listExecutions(account)) {
    executions.set(execution.decisionId, execution)
  }
  const plans: Plan[] = []
  for await (const { inputs, plan } of stores.lanes.listCycles(account, source)) {
    if (since === null || inputs.tickAt >= since) plans.push(plan)
  }
  const first = plans.find(({ outcomes }) => outcomes.length > 0)?.outcomes[0]?.position
  const signals = first === undefined ? NO_SIGNALS : await readSignalsFrom(stores.signals, source, first)
  const rows: DecisionRow[] = []
  for (const plan of plans) {
    for (const { position, code } of plan.outcomes) {
      const signal = signals.get(position)?.signal
      const base = {
        account,
        position,
        event_ts: signal === undefined ? '' : formatInstant(signal.eventTs),
        symbol: signal?.symbol ?? '',
        outcome: code,
      }
      const decisions = plan.decisions.filter((decision) => decision.position === position)
      if (decisions.length === 0) rows.push({ ...base, decision: null })
      for (const decision of decisions) {
        const summary = summarize(decision, executions.get(decision.decisionId))
        rows.push(Object.assign({}, base, { decision: summary }))
      }
    }
  }
  return rows
}

export function isDenied({ decision }: DecisionRow): boolean {
  return decision !== null && decision.denied !== null
}

function summarize(decision: Decision, execution: Execution | undefined): DecisionSummary {
  const { outcome, price } = decision
  const sent = execution !== undefined && execution.state !== 'denied'
  return {
    decision_id: decision.decisionId,
    side: decision.side,
    quantity: formatDecimal(decision.quantity),
    price: price === null ? null : formatDecimal(price),
    denied: outcome.kind === 'denied' ? outcome.reason : (execution?.deniedReason ?? null),
    strategies: decision.sourceStrategyIds,
    reasons: decision.explain,
    confidence: formatDecimal(decision.confidence),
    target_notional: formatDecimal(decision.targetNotional),
    order: sent ? summarizeOrder(execution) : null,
  }
}

function summarizeOrder(execution: Execution): OrderSummary {
  const { averageFillPrice } = execution
  return {
    client_order_id: execution.clientOrderId,
    state: execution.state,
    filled_quantity: formatDecimal(execution.filledQuantity),
    average_fill_price: averageFillPrice === null ? null : formatDecimal(averageFillPrice),
  }
}

const PAGE = 1000
const NO_SIGNALS: ReadonlyMap<number, LoggedSignal> = new Map()

/** By position. */
async function readSignalsFrom(
  log: SignalLog,
  source: string,
  position: number,
): Promise<ReadonlyMap<number, LoggedSignal>> {
  const all = new Map<number, LoggedSignal>()
  let cursor = position - 1
  for (;;) {
    const { signals } = await log.readAfter(source, cursor, PAGE, asEpochMs(0))
    for (const signal of signals) all.set(signal.position, signal)
    const last = signals.at(-1)
    if (last === undefined) return all
    cursor = last.position
  }
}
