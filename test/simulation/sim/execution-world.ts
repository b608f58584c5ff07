/** What the world knows of an execution at the moment when it is written. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { ExecutionWorld } from './execution-rules.ts'
import type { Evidence } from './observed.ts'
import type { StoredExecution } from './stored.ts'

/** Quantities of the exchange are counted in these. */
const UNITS = 1e8
/** Between a look-up at the broker and the write that says what it found. */
const LOOKUP_TRAVEL_MS = 30_000

export function executionWorld(next: StoredExecution, evidence: Evidence): ExecutionWorld {
  const { exchange, kernel, scenario, view, postedTokens } = evidence
  const { account, clientOrderId, alpacaOrderId } = next
  const order = exchange.orderOf(accountLabel(account), clientOrderId)
  return {
    now: kernel.now,
    skewMs: scenario.skewMs,
    order:
      order === null
        ? null
        : {
            id: order.id,
            status: order.status,
            filled: Number(order.filledQuantity) / UNITS,
            isOther:
              order.symbol !== next.symbol ||
              order.side !== next.side ||
              Number(order.quantity) / UNITS !== next.quantity ||
              (order.limitPrice === null ? null : Number(order.limitPrice) / UNITS) !== next.limitPrice,
            isCorrected: exchange.corrected.has(order.id),
            isVisible: order.submittedAt + scenario.lookupLagMs + LOOKUP_TRAVEL_MS < kernel.now,
          },
    refused: exchange.refusals.has(clientOrderId),
    foreign: exchange.foreign.has(account),
    postedUnder: (token) => postedTokens.has(token),
    pointerStored: alpacaOrderId !== null && view.pointers.has(`${account} ${alpacaOrderId}`),
  }
}
