/**
 * Alpaca's v2 account and positions, checked and turned into our words. Sources: the broker's pages "Account" and
 * "Positions" of the Trading API v2, and on what has no price
 * https://alpaca.markets/blog/api-breaking-change-notification-for-unpriceable-assets/.
 *
 * Invariant: a body that lacks what we rely on, or carries an amount as a JSON number, is unreadable, never guessed.
 */
import * as z from 'zod/mini'
import type { AccountBalance, Position } from '../../domain/account.ts'
import { compare } from '../../domain/compare.ts'
import { asDecimal, type Decimal } from '../../domain/decimal.ts'
import { joinedPair, spelled } from '../../domain/symbol.ts'
import { amount, atMost, identifier } from './wire-fields.ts'

const accountBody = z.object({
  id: identifier,
  equity: amount,
  last_equity: amount,
  cash: amount,
  buying_power: amount,
  non_marginable_buying_power: z.nullish(amount),
  trading_blocked: z.boolean(),
  account_blocked: z.boolean(),
  trade_suspended_by_user: z.optional(z.boolean()),
})

const positionBody = z.object({
  symbol: identifier,
  asset_class: z.string(),
  side: z.enum(['long', 'short']),
  qty: atMost,
  /** Null for what has no price, such as a delisted share. */
  market_value: z.nullish(amount),
  avg_entry_price: z.nullish(amount),
})

/** The account, or null when the body is not one. */
export function readBalance(body: unknown): AccountBalance | null {
  const parsed = accountBody.safeParse(body)
  if (!parsed.success) return null
  const account = parsed.data
  return {
    brokerAccountId: account.id,
    equity: account.equity,
    lastEquity: account.last_equity,
    cash: account.cash,
    buyingPower: account.buying_power,
    nonMarginableBuyingPower: account.non_marginable_buying_power ?? null,
    tradingBlocked:
      account.trading_blocked || account.account_blocked || account.trade_suspended_by_user === true,
  }
}

/** All positions, sorted by symbol, or null when the body is not a list of them. */
export function readPositions(body: unknown): readonly Position[] | null {
  const parsed = z.array(positionBody).safeParse(body)
  if (!parsed.success) return null
  return parsed.data
    .map((position) => {
      const short = position.side === 'short'
      return {
        symbol: spelled(position.asset_class === 'crypto' ? joinedPair(position.symbol) : position.symbol),
        quantity: short ? negative(position.qty) : position.qty,
        marketValue:
          position.market_value == null || !short
            ? (position.market_value ?? null)
            : negative(position.market_value),
        averageEntryPrice: position.avg_entry_price ?? null,
      }
    })
    .sort((left, right) => compare(left.symbol, right.symbol))
}

/** Short positions come with a minus sign; one that came without would be taken for a long one. */
function negative(value: Decimal): Decimal {
  return value > 0n ? asDecimal(-BigInt(value)) : value
}
