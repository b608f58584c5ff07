/** An execution and what the broker may say of its order, for tests: a buy of 10 AAPL of account `paper`. */
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal, ZERO } from '../../lib/domain/decimal.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asAlpacaOrderId, clientOrderId, decisionId, signalId } from '../../lib/domain/ids.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { instant, plusSeconds, type EpochMs } from '../../lib/domain/time.ts'
import type { BrokerOrder } from '../../lib/ports/broker.ts'

const PAPER = accountLabel('paper')
export const ORDER_ID = asAlpacaOrderId('5dcca8c6-aaaa-4bbb-8ccc-000000000000')
const START = instant('2026-02-10T14:30:00Z')

/** `seconds` after the order was sent. */
export function at(seconds: number): EpochMs {
  return plusSeconds(START, seconds)
}

export function anExecution(overrides: Partial<Execution> = {}): Execution {
  const signal = signalId({ source: 'ta', symbol: 'AAPL', timeframe: '1Min', eventTs: START, seq: 1 })
  const decision = decisionId(PAPER, signal, '1Min', 'aggregated')
  return {
    accountLabel: PAPER,
    clientOrderId: clientOrderId(decision),
    decisionId: decision,
    symbol: 'AAPL',
    side: 'buy',
    quantity: decimal('10'),
    timeInForce: 'day',
    brokerTarget: { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' },
    state: 'submitting',
    revision: 1,
    claim: { token: 'first', diesAt: at(30), takeover: false, dead: false },
    misses: null,
    neverPostAgain: false,
    alpacaOrderId: null,
    filledQuantity: ZERO,
    averageFillPrice: null,
    deniedReason: null,
    rejection: null,
    note: null,
    permission: null,
    evidence: null,
    recheckedAt: null,
    createdAt: START,
    updatedAt: START,
    ...overrides,
  }
}

/** A trade update about `anExecution`; quantities and prices as text. */
export function aTradeUpdate(
  update: Partial<OrderEvent> & { readonly filled?: string | null; readonly price?: string | null },
): OrderEvent {
  const { filled = null, price = null, ...overrides } = update
  return {
    accountLabel: PAPER,
    alpacaOrderId: ORDER_ID,
    clientOrderId: anExecution().clientOrderId,
    symbol: 'AAPL',
    side: 'buy',
    eventType: null,
    status: null,
    eventTs: START,
    feedSeq: null,
    quantity: decimal('10'),
    filledQuantity: filled === null ? null : decimal(filled),
    averageFillPrice: price === null ? null : decimal(price),
    ...overrides,
  }
}

/** The order of `anExecution` as a look-up returns it. */
export function aBrokerOrder(
  order: Partial<BrokerOrder> & { readonly filled?: string; readonly price?: string | null },
): BrokerOrder {
  const { filled = '0', price = null, ...overrides } = order
  const { clientOrderId: id, symbol, side, quantity, timeInForce } = anExecution()
  return {
    clientOrderId: id,
    symbol,
    side,
    quantity,
    timeInForce,
    alpacaOrderId: ORDER_ID,
    status: 'new',
    filledQuantity: decimal(filled),
    averageFillPrice: price === null ? null : decimal(price),
    updatedAt: START,
    ...overrides,
  }
}
