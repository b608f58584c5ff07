/** The paper exchange's JSON, in the shapes of Alpaca's Trading API v2: amounts are strings. */
import { asDecimal, div, formatDecimal, mul, ZERO, type Decimal } from '../domain/decimal.ts'
import { formatInstant } from '../domain/time.ts'
import { isCrypto } from '../domain/symbol.ts'
import { accountWorth, marketValue, pendingOn, priceOf } from './accounting.ts'
import type { ExchangeAccount, ExchangePosition, ExchangeState } from './model.ts'
import { deterministicUuid } from './order.ts'
import { assetClass } from './wire-order.ts'

export function wireAccount(state: ExchangeState, account: ExchangeAccount) {
  const { long, short } = marketValue(state, account)
  const { equity, buyingPower, nonMarginableBuyingPower } = accountWorth(state, account)
  const worth = formatDecimal(equity)
  const power = formatDecimal(buyingPower)
  const margin = formatDecimal(div(asDecimal(long - short), account.multiplier))
  return {
    id: account.brokerAccountId,
    account_number: `PA${account.brokerAccountId.replaceAll('-', '').slice(0, 10).toUpperCase()}`,
    status: 'ACTIVE',
    crypto_status: 'ACTIVE',
    currency: 'USD',
    cash: formatDecimal(account.cash),
    portfolio_value: worth,
    equity: worth,
    last_equity: formatDecimal(account.lastEquity),
    long_market_value: formatDecimal(long),
    short_market_value: formatDecimal(short),
    initial_margin: margin,
    maintenance_margin: margin,
    buying_power: power,
    regt_buying_power: power,
    daytrading_buying_power: '0',
    non_marginable_buying_power: formatDecimal(nonMarginableBuyingPower),
    multiplier: formatDecimal(account.multiplier),
    shorting_enabled: account.shortingEnabled,
    pattern_day_trader: false,
    daytrade_count: 0,
    trading_blocked: false,
    transfers_blocked: false,
    account_blocked: false,
    trade_suspended_by_user: false,
    created_at: formatInstant(account.openedAt),
  }
}

/** Positions name a crypto pair without its slash, unlike orders. */
export function wirePosition(
  state: ExchangeState,
  account: ExchangeAccount,
  symbol: string,
  { quantity, averageEntryPrice }: ExchangePosition,
) {
  const price = priceOf(state, symbol)
  const value = mul(quantity, price)
  const cost = mul(quantity, averageEntryPrice)
  const gain = asDecimal(value - cost)
  const lastDay = state.previousPrices.get(symbol) ?? price
  return {
    asset_id: deterministicUuid('asset', symbol),
    symbol: symbol.replace('/', ''),
    exchange: isCrypto(symbol) ? 'CRYPTO' : 'NASDAQ',
    asset_class: assetClass(symbol),
    asset_marginable: !isCrypto(symbol),
    qty: formatDecimal(quantity),
    qty_available: formatDecimal(availableQuantity(account, symbol, quantity)),
    avg_entry_price: formatDecimal(averageEntryPrice),
    side: quantity < 0n ? 'short' : 'long',
    market_value: formatDecimal(value),
    cost_basis: formatDecimal(cost),
    unrealized_pl: formatDecimal(gain),
    unrealized_plpc: formatDecimal(cost === 0n ? ZERO : div(gain, cost)),
    current_price: formatDecimal(price),
    lastday_price: formatDecimal(lastDay),
    change_today: formatDecimal(lastDay === 0n ? ZERO : div(asDecimal(price - lastDay), lastDay)),
  }
}

/** What no open order is about to close already. */
function availableQuantity(account: ExchangeAccount, symbol: string, quantity: Decimal): Decimal {
  const size = quantity < 0n ? -BigInt(quantity) : BigInt(quantity)
  const held = pendingOn(account, symbol, quantity < 0n ? 'buy' : 'sell')
  const available = held > size ? 0n : size - held
  return asDecimal(quantity < 0n ? -available : available)
}
