/** What the broker may say of the order of `anExecution`. */
import { decimal } from '../../lib/domain/decimal.ts'
import { asAlpacaOrderId } from '../../lib/domain/ids.ts'
import { epochNsOf, type EpochNs } from '../../lib/domain/nano-time.ts'
import type { OrderEvent } from '../../lib/domain/order-event.ts'
import { plusSeconds, type EpochMs } from '../../lib/domain/time.ts'
import type { BrokerOrder } from '../../lib/ports/broker.ts'
import { DECIDED_AT, anExecution, anOrderEvent } from './state-samples.ts'

export const ORDER_ID = asAlpacaOrderId('5dcca8c6-aaaa-4bbb-8ccc-000000000000')

/** `seconds` after the order was sent. */
export function at(seconds: number): EpochMs {
  return plusSeconds(DECIDED_AT, seconds)
}

/** To the millisecond, or as the broker has it. */
type BrokerTime = EpochMs | EpochNs | null

function brokerTime(at: BrokerTime): EpochNs | null {
  return typeof at === 'number' ? epochNsOf(at) : at
}

/** A trade update about `anExecution`; quantities and prices as text. */
export function aTradeUpdate(
  update: Partial<Omit<OrderEvent, 'eventTs'>> & {
    readonly eventTs?: BrokerTime
    readonly filled?: string | null
    readonly price?: string | null
  },
): OrderEvent {
  const { filled = null, price = null, eventTs = DECIDED_AT, ...overrides } = update
  return anOrderEvent({
    alpacaOrderId: ORDER_ID,
    eventType: null,
    status: null,
    eventTs: brokerTime(eventTs),
    feedSeq: null,
    filledQuantity: filled === null ? null : decimal(filled),
    averageFillPrice: price === null ? null : decimal(price),
    ...overrides,
  })
}

/** The order of `anExecution` as a look-up returns it. */
export function aBrokerOrder(
  order: Partial<Omit<BrokerOrder, 'updatedAt'>> & {
    readonly updatedAt?: BrokerTime
    readonly filled?: string
    readonly price?: string | null
  },
): BrokerOrder {
  const { filled = '0', price = null, updatedAt = DECIDED_AT, ...overrides } = order
  const { clientOrderId: id, symbol, side, quantity, timeInForce, limitPrice } = anExecution()
  return {
    clientOrderId: id,
    symbol,
    side,
    quantity,
    timeInForce,
    limitPrice,
    alpacaOrderId: ORDER_ID,
    status: 'new',
    filledQuantity: decimal(filled),
    averageFillPrice: price === null ? null : decimal(price),
    updatedAt: brokerTime(updatedAt),
    ...overrides,
  }
}
