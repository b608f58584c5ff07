/** Accounts: how one is configured and proves itself, and what the broker says of it at a moment. */
import type { AccountLabel } from './account-label.ts'
import type { Decimal } from './decimal.ts'
import type { AlpacaOrderId, ClientOrderId } from './ids.ts'
import type { Direction } from './intent.ts'

export type TradingMode = 'paper' | 'live'

/** Where an order is sent. An order is only ever sent to the target its decision names. */
export interface BrokerTarget {
  readonly mode: TradingMode
  /** No trailing slash. */
  readonly baseUrl: string
}

/** An account as the registry writes it (docs/architecture.md#accounts); null: as the settings or defaults say. */
export interface AccountEntry {
  readonly label: AccountLabel
  readonly mode: TradingMode | null
  readonly enabled: boolean | null
  readonly baseUrl: string | null
  readonly strategies: readonly string[] | null
}

/** An account of the registry, with nothing left open. */
export interface AccountConfig {
  readonly label: AccountLabel
  readonly enabled: boolean
  readonly target: BrokerTarget
  /** Ids of the strategies that this account trades; null means all. */
  readonly strategies: readonly string[] | null
}

export interface AccountBalance {
  /** The broker's own id of the account; stored only as a hash. */
  readonly brokerAccountId: string
  readonly equity: Decimal
  readonly lastEquity: Decimal
  readonly cash: Decimal
  readonly buyingPower: Decimal
  /** What there is for what cannot be bought on margin, such as coins; null where the broker does not say. */
  readonly nonMarginableBuyingPower: Decimal | null
  readonly tradingBlocked: boolean
}

export interface Position {
  readonly symbol: string
  /** Negative for a short position. */
  readonly quantity: Decimal
  /** Nothing is decided by it. Null while the broker has no price. */
  readonly marketValue: Decimal | null
  /** What plugins see; null where the broker does not say, and in records of earlier versions. */
  readonly averageEntryPrice: Decimal | null
}

export interface OpenOrder {
  readonly clientOrderId: ClientOrderId
  readonly alpacaOrderId: AlpacaOrderId
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly filledQuantity: Decimal
}

/** Account, positions and open orders as the broker gave them, each list sorted by symbol or id. */
export interface AccountSnapshot {
  readonly balance: AccountBalance
  readonly positions: readonly Position[]
  readonly openOrders: readonly OpenOrder[]
}

export interface BrokerCredentials {
  readonly keyId: string
  readonly secret: string
}
