/**
 * The one order that an operator sends by hand, to see that the broker takes, shows and cancels orders: a buy with a limit
 * so far off the market that it cannot fill. It stands for no decision, so it is no order of the firewall's.
 */
import type { BrokerTarget } from '../domain/account.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { AlpacaOrderId, ClientOrderId } from '../domain/ids.ts'

/** An order to buy at a limit. */
export interface TestOrder {
  readonly clientOrderId: ClientOrderId
  readonly symbol: string
  readonly quantity: Decimal
  readonly limitPrice: Decimal
  /** Shares for the day; coins know no day (https://docs.alpaca.markets/docs/crypto-orders). */
  readonly timeInForce: 'day' | 'gtc'
}

/** It as the broker shows it, in the broker's own words. */
export interface ShownOrder {
  readonly alpacaOrderId: AlpacaOrderId
  readonly clientOrderId: ClientOrderId
  readonly symbol: string
  readonly side: string
  readonly type: string
  readonly quantity: Decimal
  readonly limitPrice: Decimal | null
  readonly timeInForce: string
  readonly status: string
  readonly filledQuantity: Decimal
}

export type TestAnswer =
  | { readonly kind: 'shown'; readonly order: ShownOrder }
  /** The broker's own refusal, or somebody's in front of it. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string; readonly isOwn: boolean }
  /** No answer, or none that can be read: what was asked for may have happened. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface OrderTester {
  readonly target: BrokerTarget
  place(order: TestOrder): Promise<TestAnswer>
  showById(id: AlpacaOrderId): Promise<TestAnswer>
  showByClientOrderId(id: ClientOrderId): Promise<TestAnswer>
  /** The newest open orders; what cannot be read is no order of a test. */
  openOrders(): Promise<
    | { readonly kind: 'listed'; readonly orders: readonly ShownOrder[] }
    | Exclude<TestAnswer, { readonly kind: 'shown' }>
  >
  /** Null when the broker took the cancelling. */
  cancel(id: AlpacaOrderId): Promise<Exclude<TestAnswer, { readonly kind: 'shown' }> | null>
}
