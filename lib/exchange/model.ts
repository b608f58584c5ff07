/**
 * What the paper exchange knows: accounts with their cash, positions and orders, prices, and the session.
 *
 * Invariant: all of it is a fold over the event log (`apply.ts`) and changes in no other way.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { isCrypto } from '../domain/symbol.ts'
import { decimal, ONE, ZERO, type Decimal } from '../domain/decimal.ts'
import type { EpochMs } from '../domain/time.ts'
import type { ExchangeOrder } from './order.ts'
import type { SentOrders } from './sent-orders.ts'
import { TradeUpdates } from './trade-updates.ts'

export interface ExchangePosition {
  /** Negative for a short position. */
  readonly quantity: Decimal
  readonly averageEntryPrice: Decimal
}

export interface ExchangeAccount {
  readonly label: AccountLabel
  readonly brokerAccountId: string
  readonly openedAt: EpochMs
  /** Buying power is this multiple of equity, less what is invested. */
  readonly multiplier: Decimal
  readonly shortingEnabled: boolean
  cash: Decimal
  /** Equity when the session before this one ended. */
  lastEquity: Decimal
  readonly positions: Map<string, ExchangePosition>
  /** By the exchange's order id, in the order of acceptance. */
  readonly orders: Map<string, ExchangeOrder>
  /** The same by when they were sent. */
  readonly sentOrders: SentOrders
  /** Those of them that are not final yet. */
  readonly openOrders: Set<ExchangeOrder>
  readonly ordersByClientOrderId: Map<string, ExchangeOrder>
}

export interface ExchangeSession {
  /** The exchange's calendar date, `YYYY-MM-DD`. */
  readonly date: string
  readonly opensAt: EpochMs
  readonly closesAt: EpochMs
  /** What orders fill at in this session. */
  readonly prices: ReadonlyMap<string, Decimal>
}

export interface ExchangeState {
  readonly accounts: Map<AccountLabel, ExchangeAccount>
  /** Last known price of each symbol: what positions are worth. */
  readonly prices: Map<string, Decimal>
  /** The same when the previous session ended. */
  previousPrices: ReadonlyMap<string, Decimal>
  /** All sessions so far, oldest first; the last one is the current one. */
  readonly sessions: ExchangeSession[]
  readonly updates: TradeUpdates
}

export function emptyState(): ExchangeState {
  return {
    accounts: new Map(),
    prices: new Map(),
    previousPrices: new Map(),
    sessions: [],
    updates: new TradeUpdates(),
  }
}

export function accountsByLabel(state: ExchangeState): readonly ExchangeAccount[] {
  const accounts = [...state.accounts.values()]
  return accounts.length < 2 ? accounts : accounts.sort((left, right) => (left.label < right.label ? -1 : 1))
}

const CRYPTO_STEP = decimal('0.00000001')

/** The smallest quantity of a symbol: 1, for crypto 1e-8. */
export function quantityStep(symbol: string): Decimal {
  return isCrypto(symbol) ? CRYPTO_STEP : ONE
}

export function heldQuantity(account: ExchangeAccount, symbol: string): Decimal {
  return account.positions.get(symbol)?.quantity ?? ZERO
}
