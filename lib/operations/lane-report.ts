/**
 * A lane's part of a report, from what is stored: sealed cycles, executions, signals. Read twice page by page, first for what is counted
 * and then for each decision's reasons, so that neither cycles nor signals are held.
 *
 * Invariant: trades are the executions' fills, equity is what each cycle found at the broker, so money that was paid in or out
 * counts as won or lost.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { CycleRecord } from '../domain/plan.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { explainDecisions } from '../replay/explain/explain-decisions.ts'
import { asNumber } from '../replay/figures/as-number.ts'
import type { EquityValue } from '../replay/figures/equity-figures.ts'
import { runFigures } from '../replay/figures/run-figures.ts'
import type { Trade } from '../replay/figures/trade-figures.ts'
import { AccountCounter, countRows, strategyRows } from '../replay/report/account-counts.ts'
import { type GatheredPrices, PriceGatherer } from '../replay/report/gathered-prices.ts'
import { tradesOfExecutions } from '../replay/report/trades-of-executions.ts'
import type { ReportInputs } from '../replay/report/write-report.ts'
import type { RerunDeps } from '../replay/rerun.ts'
import { readFeatures } from '../strategy/features.ts'

/** Which cycles of a lane. */
export interface LaneSpan {
  readonly account: AccountLabel
  readonly source: string
  /** Of ticks then or later; null: all that are stored. */
  readonly since: EpochMs | null
}

/** What its cycles came to. */
export interface LaneRecords {
  readonly counter: AccountCounter
  readonly equity: readonly EquityValue[]
  readonly trades: readonly Trade[]
  /** What was held of a symbol before its first of these cycles; negative when short. */
  readonly heldBefore: ReadonlyMap<string, number>
  readonly executions: ReadonlyMap<string, Execution>
  /** Of the log, inclusive. */
  readonly positions: { readonly first: number; readonly last: number } | null
}

type Stores = Pick<StateStores, 'lanes' | 'executions'>

const READS_AT_ONCE = 16
const PAGE = 1000

/** Null for a lane without a cycle in the span. */
export async function readLaneRecords(stores: Stores, span: LaneSpan): Promise<LaneRecords | null> {
  const { account, source, since } = span
  const counter = new AccountCounter()
  const equity: EquityValue[] = []
  const executions = new Map<string, Execution>()
  const strategies = new Map<string, readonly string[]>()
  const heldBefore = new Map<string, number>()
  let [from, to]: (number | undefined)[] = []
  let waiting: Decision[] = []
  const readWaiting = async (): Promise<void> => {
    const read = await inParallel(waiting, READS_AT_ONCE, ({ clientOrderId }) =>
      stores.executions.readExecution(account, clientOrderId),
    )
    waiting = []
    for (const execution of read) {
      if (execution === null) continue
      counter.addExecution(execution)
      executions.set(execution.decisionId, execution)
    }
  }
  for await (const record of stores.lanes.listCycles(account, source)) {
    const { inputs, plan } = record
    if (since !== null && inputs.tickAt < since) continue
    counter.addCycle(record)
    noteHeld(record, heldBefore)
    equity.push({ at: inputs.tickAt, equity: asNumber(inputs.snapshot.balance.equity) })
    const [first, last] = [plan.outcomes[0]?.position, plan.outcomes.at(-1)?.position]
    from ??= first
    to = last ?? to
    for (const decision of plan.decisions) {
      counter.addDecision(decision)
      if (decision.outcome.kind === 'denied') continue
      waiting.push(decision)
      strategies.set(decision.decisionId, decision.sourceStrategyIds)
    }
    if (waiting.length >= PAGE) await readWaiting()
  }
  await readWaiting()
  if (equity.length === 0) return null
  const positions = from === undefined || to === undefined ? null : { first: from, last: to }
  return {
    counter,
    equity,
    executions,
    positions,
    heldBefore,
    trades: tradesOfExecutions(executions.values(), strategies),
  }
}

/** A record holds the positions of its batch's symbols: one that is decided on and not among them was not held. */
function noteHeld({ inputs, plan }: CycleRecord, heldBefore: Map<string, number>): void {
  for (const { symbol, quantity } of inputs.snapshot.positions) {
    if (!heldBefore.has(symbol)) heldBefore.set(symbol, asNumber(quantity))
  }
  for (const { symbol } of plan.decisions) if (!heldBefore.has(symbol)) heldBefore.set(symbol, 0)
}

/** As if it had been bought, or sold short, at the first price that the log tells. */
function asTrades(
  heldBefore: LaneRecords['heldBefore'],
  at: number,
  histories: GatheredPrices['histories'],
): Trade[] {
  return histories.flatMap(({ symbol, first: price }): Trade[] => {
    const held = heldBefore.get(symbol) ?? 0
    if (held === 0) return []
    const side = held > 0 ? 'buy' : 'sell'
    const none = { limit: null, fee: 0, decision: null, strategies: [] }
    return [{ at, symbol, side, quantity: Math.abs(held), price, ...none, wasHeld: true }]
  })
}

/** The prices that the log tells from one position to another, each at its signal's time. */
export async function readPrices(
  log: Pick<SignalLog, 'readAfter'>,
  source: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<GatheredPrices> {
  const gatherer = new PriceGatherer()
  let cursor = first - 1
  while (cursor < last) {
    const { signals } = await log.readAfter(source, cursor, Math.min(PAGE, last - cursor), asEpochMs(0))
    for (const { signal } of signals) {
      const { price } = readFeatures(signal).values
      if (price !== null) gatherer.add({ at: signal.eventTs, symbol: signal.symbol, price: asNumber(price) })
    }
    const reached = signals.at(-1)?.position
    if (reached === undefined) break
    cursor = reached
  }
  return gatherer.finish()
}

/** @param deps with which its cycles are planned again, for the reasons */
export function laneReport(
  { account, source, since }: LaneSpan,
  { counter, equity, trades: dealt, heldBefore, executions }: LaneRecords,
  prices: GatheredPrices,
  deps: RerunDeps,
): ReportInputs['accounts'][number] {
  const counts = counter.counts()
  const trades = [...asTrades(heldBefore, equity[0]?.at ?? 0, prices.histories), ...dealt]
  return {
    label: account,
    figures: runFigures(equity, trades, prices.histories),
    trades,
    equity,
    counts: countRows(counts),
    strategies: strategyRows(counts),
    decisions: explainDecisions(
      { account, source, isAsked: ({ tickAt }) => since === null || tickAt >= since },
      ({ decisionId }) => executions.get(decisionId),
      deps,
    ),
  }
}
