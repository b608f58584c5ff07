/** Amounts and ids in Alpaca's JSON: amounts are strings, and go straight into Decimals, never through a double. */
import * as z from 'zod/mini'
import { parseDecimal, parseDecimalTowards, type Decimal } from '../../domain/decimal.ts'

/** A decimal string. */
export const amount = amountBy(parseDecimal)
/** Quantities of coins have a ninth digit: of what is held, and of what is filled, no more counts than there is. */
export const atMost = amountBy((text) => parseDecimalTowards(text, 'down'))
/** Of what an order may still take, no less counts than it may take. */
export const atLeast = amountBy((text) => parseDecimalTowards(text, 'up'))
export const identifier = z.string().check(z.minLength(1), z.maxLength(128))

function amountBy(parse: (text: string) => Decimal | null) {
  return z.pipe(
    z.string(),
    z.transform((text, context): Decimal => {
      const value = parse(text)
      if (value !== null) return value
      context.issues.push({ code: 'custom', message: 'not a decimal string', input: text })
      return z.NEVER
    }),
  )
}
