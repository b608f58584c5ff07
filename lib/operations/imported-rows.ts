/**
 * What rows of the Python service become here (docs/import.md): decisions, executions and order events as if its account
 * had been a lane all along. Pure.
 *
 * Invariants: a row that a link of its leads nowhere, or that says what cannot be, becomes nothing and says why; what
 * is not known stays unknown, nothing is made up: such a decision has position 0, which no log gives.
 */
import { type AccountLabel, parseAccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import { type Decimal, formatDecimal, mul, ZERO } from '../domain/decimal.ts'
import type { Decision } from '../domain/decision.ts'
import { asAlpacaOrderId, asClientOrderId, sha256Hex, encodeFields } from '../domain/ids.ts'
import type { ClientOrderId, DecisionId, SignalId } from '../domain/ids.ts'
import { epochNsOf } from '../domain/nano-time.ts'
import type { OrderEvent } from '../domain/order-event.ts'
import { spelled } from '../domain/symbol.ts'
import type { EpochMs } from '../domain/time.ts'
import type { ExportedDecision, ExportedExecution, ExportedOrderEvent } from '../formats/exported-rows.ts'
import { progressOfStatus } from '../orders/execution/broker-status.ts'
import type { ExecutionContent, Transition } from '../orders/execution/moves.ts'
import { addReport, fillProgress } from '../orders/execution/order-evidence.ts'
import { normalizeTradeUpdate } from '../orders/order-feed/normalize.ts'

/** What the rows of an export are linked by, and where their accounts trade. */
export interface ImportContext {
  readonly defaultLabel: AccountLabel
  readonly source: string
  readonly targets: ReadonlyMap<AccountLabel, BrokerTarget>
  /** By the id of a decision's row. */
  readonly decisions: Map<string, LinkedDecision>
  /** By the id of a decision's row: the client order id of its execution, of the first if it has several. */
  readonly orders: ReadonlyMap<string, string | null>
}

/** What an execution and an event need of their decision. */
export interface LinkedDecision {
  readonly account: AccountLabel
  readonly clientOrderId: ClientOrderId
  /** Null: at the market. */
  readonly limitPrice: Decimal | null
}

export type Imported<Value> =
  { readonly kind: 'value'; readonly value: Value } | { readonly kind: 'unusable'; readonly reason: string }

/** The decision takes its execution's client order id, so that either leads to the other. */
export function importedDecision(row: ExportedDecision, context: ImportContext): Imported<Decision> {
  const account = accountOf(row.alpacaAccountLabel, context)
  if (account.kind === 'unusable') return account
  const { label, target } = account.value
  const { decisionJson: said, strategyId, symbol, timeframe, status, createdAt } = row
  const isOrdered = context.orders.has(row.id)
  const price = said.limitPrice ?? said.params.price
  return value({
    decisionId: row.id as DecisionId,
    clientOrderId: asClientOrderId(context.orders.get(row.id) ?? row.decisionHash ?? row.id),
    accountLabel: label,
    signalId: sha256Hex(encodeFields('imported', row.id)) as SignalId,
    position: 0,
    source: context.source,
    eventTs: said.eventTs ?? createdAt,
    symbol: spelled(symbol),
    horizon: timeframe,
    origin: strategyId,
    side: said.action,
    quantity: said.qty,
    price,
    timeInForce: said.timeInForce ?? 'day',
    limitPrice: said.limitPrice,
    confidence: ZERO,
    targetNotional: price === null ? ZERO : mul(said.qty, price),
    sourceStrategyIds: [strategyId],
    explain: row.rationale === null ? [] : [row.rationale],
    brokerTarget: target,
    tickAt: createdAt,
    outcome: isOrdered
      ? { kind: 'accepted' }
      : { kind: 'denied', reason: 'not_ordered_before_import', figures: status },
  })
}

/** An execution as it comes into being, and when that was. */
export interface ImportedExecution {
  readonly transition: Transition
  readonly at: EpochMs
}

export function importedExecution(
  row: ExportedExecution,
  context: ImportContext,
): Imported<ImportedExecution> {
  const decision = context.decisions.get(row.tradeDecisionId)
  if (decision === undefined) return unusable(`trade_decision_id ${row.tradeDecisionId} is no decision here`)
  const account = accountOf(row.alpacaAccountLabel ?? decision.account, context)
  if (account.kind === 'unusable') return account
  const { label, target } = account.value
  if (label !== decision.account) return unusable(`its decision belongs to account ${decision.account}`)
  const progress = progressOfStatus(row.status)
  if (progress === null) return unusable(`status ${row.status} is no order status of the broker's`)
  const clientOrderId = asClientOrderId(row.clientOrderId ?? decision.clientOrderId)
  if (clientOrderId !== decision.clientOrderId) {
    return unusable(`its decision has another execution, ${decision.clientOrderId}`)
  }
  const doubt = fillDoubt(row)
  if (doubt !== null) return unusable(doubt)
  const evidence = addReport(null, {
    progress,
    filledQuantity: row.filledQty,
    averageFillPrice: row.avgFillPrice,
    at: row.lastUpdateAt ?? epochNsOf(row.updatedAt),
    feedSeq: null,
    isCorrection: false,
  })
  const content: ExecutionContent = {
    accountLabel: label,
    clientOrderId,
    decisionId: row.tradeDecisionId as DecisionId,
    symbol: spelled(row.symbol),
    side: row.side,
    quantity: row.submittedQty,
    timeInForce: row.timeInForce,
    limitPrice: row.orderType === 'limit' ? decision.limitPrice : null,
    brokerTarget: target,
    state: progress === 'accepted' && row.filledQty > ZERO ? 'partially_filled' : progress,
    claim: null,
    misses: null,
    neverPostAgain: true,
    alpacaOrderId: asAlpacaOrderId(row.alpacaOrderId),
    deniedReason: null,
    rejection: null,
    note: `imported: ${row.orderType} order, ${row.status}`,
    permission: null,
    evidence,
    recheckedAt: null,
    disowned: null,
    ...fillProgress(evidence),
  }
  return value({ transition: { move: 'imported', content }, at: row.createdAt })
}

export function importedEvent(row: ExportedOrderEvent, context: ImportContext): Imported<OrderEvent> {
  const linked = row.tradeDecisionId === null ? undefined : context.decisions.get(row.tradeDecisionId)
  const account = accountOf(row.alpacaAccountLabel ?? linked?.account ?? null, context)
  if (account.kind === 'unusable') return account
  const { label } = account.value
  if (linked !== undefined && linked.account !== label) {
    return unusable(`its decision belongs to account ${linked.account}`)
  }
  const { alpacaOrderId, clientOrderId } = row
  if (alpacaOrderId === null && clientOrderId === null) return unusable('it names no order')
  const raw = eventOfMessage(row, label)
  if (raw !== null) return value(raw)
  return value({
    accountLabel: label,
    alpacaOrderId: alpacaOrderId === null ? null : asAlpacaOrderId(alpacaOrderId),
    clientOrderId: clientOrderId === null ? null : asClientOrderId(clientOrderId),
    symbol: row.symbol === null ? null : spelled(row.symbol),
    side: null,
    eventType: row.eventType,
    status: row.status,
    eventTs: row.eventTs,
    feedSeq: row.feedSeq,
    quantity: row.qty,
    filledQuantity: row.filledQty,
    averageFillPrice: row.avgFillPrice,
  })
}

/** The update as the feed would read it, so that one that is delivered once more is the same; null: it says another thing. */
function eventOfMessage({ rawEvent, ...row }: ExportedOrderEvent, label: AccountLabel): OrderEvent | null {
  const text = JSON.stringify(rawEvent)
  const read = normalizeTradeUpdate({ topic: row.sourceTopic ?? '', value: text, defaultAccountLabel: label })
  if (read.kind !== 'event') return null
  const { accountLabel, alpacaOrderId, clientOrderId } = read.event
  const isSame =
    accountLabel === label && alpacaOrderId === row.alpacaOrderId && clientOrderId === row.clientOrderId
  return isSame ? read.event : null
}

/** The account that a row names, or that its links do, or the default one: registered in any case. */
export function accountOf(
  named: string | null,
  { defaultLabel, targets }: Pick<ImportContext, 'defaultLabel' | 'targets'>,
): Imported<{ readonly label: AccountLabel; readonly target: BrokerTarget }> {
  const label = named === null ? defaultLabel : parseAccountLabel(named)
  if (label === null) return unusable(`${JSON.stringify(named)} is no account label`)
  const target = targets.get(label)
  return target === undefined ? unusable(`account ${label} is not registered`) : value({ label, target })
}

function fillDoubt({ status, submittedQty, filledQty, avgFillPrice }: ExportedExecution): string | null {
  if (filledQty > submittedQty) {
    return `filled_qty ${formatDecimal(filledQty)} is more than submitted_qty ${formatDecimal(submittedQty)}`
  }
  if (filledQty > ZERO && avgFillPrice === null) return 'it is filled, and avg_fill_price is missing'
  return progressOfStatus(status) === 'filled' && filledQty < submittedQty
    ? `status filled, but filled_qty ${formatDecimal(filledQty)} of ${formatDecimal(submittedQty)}`
    : null
}

function value<Value>(found: Value): Imported<Value> {
  return { kind: 'value', value: found }
}

function unusable(reason: string): { readonly kind: 'unusable'; readonly reason: string } {
  return { kind: 'unusable', reason }
}
