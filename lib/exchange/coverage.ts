/**
 * What an account may not do: take a position through zero, sell what it does not have, buy what it cannot pay. Pure.
 *
 * The refusals are Alpaca's, as its users report them:
 * - through zero: https://github.com/alpacahq/alpaca-trade-api-python/issues/129 and
 *   https://github.com/alpacahq/Alpaca-API/issues/90 (both ways, open orders counted);
 * - an opening order against an opening order: https://github.com/alpacahq/Alpaca-API/issues/82;
 * - fractions: https://alpaca.markets/blog/shorting-prevention-breaking-change-notification/,
 *   https://github.com/alpacahq/alpaca-trade-api-python/issues/405;
 * - coins: bought for ten dollars at least (https://github.com/ccxt/ccxt/pull/30101); https://forum.alpaca.markets/t/crypto-buying-power/9258 (within `non_marginable_buying_power`).
 */
import { asDecimal, decimal, formatDecimal, max, mul, ZERO, type Decimal } from '../domain/decimal.ts'
import { coinOf, isCrypto, isForeignQuote } from '../domain/symbol.ts'
import { accountWorth, addedExposure, pendingOn, priceOf } from './accounting.ts'
import { heldQuantity, quantityStep, type ExchangeAccount, type ExchangeState } from './model.ts'
import type { OrderTicket } from './order.ts'
import { refusalOf, type Refusal } from './refusal.ts'

const LEAST_COIN_PURCHASE = decimal('10')
const COINS_TOO_FEW = refusalOf(403, 40310000, 'cost basis must be >= minimal amount of order 10')

/** Why the account may not place the order; null when it may. */
export function refuseUncovered(
  state: ExchangeState,
  account: ExchangeAccount,
  ticket: OrderTicket,
): Refusal | null {
  return isCrypto(ticket.symbol)
    ? refuseCoins(state, account, ticket)
    : (refuseShares(account, ticket) ?? refuseCost(state, account, ticket))
}

/** Coins are neither sold short nor bought on margin. */
function refuseCoins(
  state: ExchangeState,
  account: ExchangeAccount,
  { symbol, side, quantity, limitPrice }: OrderTicket,
): Refusal | null {
  if (side === 'sell') {
    const balance = heldQuantity(account, symbol)
    return insufficientBalance(coinOf(symbol), quantity, {
      available: max(ZERO, asDecimal(balance - pendingOn(account, symbol, 'sell'))),
      balance,
    })
  }
  const cost = mul(quantity, limitPrice ?? priceOf(state, symbol))
  const quote = symbol.split('/')[1] ?? symbol
  // accounts here hold dollars alone
  if (isForeignQuote(symbol)) return insufficientBalance(quote, cost, { available: ZERO, balance: ZERO })
  if (cost < LEAST_COIN_PURCHASE) return COINS_TOO_FEW
  const { nonMarginableBuyingPower: available } = accountWorth(state, account)
  return insufficientBalance('USD', cost, { available, balance: account.cash })
}

function insufficientBalance(
  currency: string,
  requested: Decimal,
  { available, balance }: { readonly available: Decimal; readonly balance: Decimal },
): Refusal | null {
  if (requested <= available) return null
  const message = `insufficient balance for ${currency} (requested: ${formatDecimal(requested)}, available: ${formatDecimal(available)})`
  const details = { available: formatDecimal(available), balance: formatDecimal(balance), symbol: currency }
  return refusalOf(403, 40310000, message, details)
}

/** A position is closed to the last share before one on the other side is opened. */
function refuseShares(account: ExchangeAccount, { symbol, side, quantity }: OrderTicket): Refusal | null {
  const held = heldQuantity(account, symbol)
  const isClosing = side === 'buy' ? held < 0n : held > 0n
  const isFraction = quantity % quantityStep(symbol) !== 0n
  if (!isClosing) return refuseOpening(account, { symbol, side, isFraction, isFlat: held === ZERO })
  const existing = asDecimal(held < 0n ? -BigInt(held) : BigInt(held))
  const pending = pendingOn(account, symbol, side)
  const available = max(ZERO, asDecimal(existing - pending))
  if (quantity <= available) return null
  if (isFraction && side === 'sell') return FRACTION_SHORT
  const message = `insufficient qty available for order (requested: ${formatDecimal(quantity)}, available: ${formatDecimal(available)})`
  return refusalOf(403, 40310000, message, {
    available: formatDecimal(available),
    existing_qty: formatDecimal(held),
    held_for_orders: formatDecimal(pending),
    symbol,
  })
}

interface Opening {
  readonly symbol: string
  readonly side: OrderTicket['side']
  readonly isFraction: boolean
  readonly isFlat: boolean
}

function refuseOpening(
  account: ExchangeAccount,
  { symbol, side, isFraction, isFlat }: Opening,
): Refusal | null {
  const isAgainst = isFlat && pendingOn(account, symbol, side === 'buy' ? 'sell' : 'buy') > 0n
  if (side === 'buy') {
    if (!isAgainst) return null
    return refusalOf(403, 40310000, 'cannot open a long buy while a short sell order is open')
  }
  if (isFraction) return FRACTION_SHORT
  if (!account.shortingEnabled) return refusalOf(403, 40310000, 'account is not allowed to short')
  return isAgainst
    ? refusalOf(403, 40310000, 'cannot open a short sell while a long buy order is open')
    : null
}

const FRACTION_SHORT = refusalOf(422, 42210000, 'fractional orders cannot be sold short')

function refuseCost(state: ExchangeState, account: ExchangeAccount, ticket: OrderTicket): Refusal | null {
  const cost = addedExposure(state, account, ticket)
  const { buyingPower: power } = accountWorth(state, account)
  if (cost === 0n || cost <= power) return null
  return refusalOf(403, 40310000, 'insufficient buying power', {
    buying_power: formatDecimal(power),
    cost_basis: formatDecimal(cost),
  })
}
