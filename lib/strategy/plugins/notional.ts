/** The target notional that both built-in plugins read from their params. */
import { type Decimal, decimal, decimalOfNumber, parseDecimal } from '../../domain/decimal.ts'
import type { StrategyParams } from '../prepared-plugin.ts'

const DEFAULT_NOTIONAL = decimal('100')

/** `max_notional_per_trade`; 100 if it is absent, unreadable or not positive. */
export function targetNotional(params: StrategyParams): Decimal {
  const given = params['max_notional_per_trade']
  const notional =
    typeof given === 'string'
      ? parseDecimal(given)
      : typeof given === 'number'
        ? decimalOfNumber(given)
        : null
  return notional !== null && notional > 0n ? notional : DEFAULT_NOTIONAL
}
