/**
 * Everything that can happen at the paper exchange, as it stands in its log: one JSON object a line,
 * amounts as decimal strings, instants as ISO-8601 UTC.
 *
 * Invariant: names and shapes only ever grow; a log of another version is refused, never guessed at.
 */
import * as z from 'zod/mini'
import { ACCOUNT_LABEL_PATTERN } from '../domain/account-label.ts'
import { parseDecimal } from '../domain/decimal.ts'
import { parseInstant } from '../domain/time.ts'

export const LOG_VERSION = 1

const amount = z.string().check(z.refine((text) => parseDecimal(text) !== null, 'not a decimal'))
const instantText = z.string().check(z.refine((text) => parseInstant(text) !== null, 'not an instant'))
const label = z.string().check(z.regex(ACCOUNT_LABEL_PATTERN))
const prices = z.record(z.string(), amount)
const order = { at: instantText, account: label, order_id: z.string() }

export const logHeader = z.object({ paper_exchange_log: z.number() })

export const exchangeEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('account_opened'),
    at: instantText,
    account: label,
    cash: amount,
    multiplier: amount,
    shorting_enabled: z.boolean(),
  }),
  z.object({
    type: z.literal('session_opened'),
    at: instantText,
    date: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)),
    opens_at: instantText,
    closes_at: instantText,
    prices,
  }),
  z.object({ type: z.literal('prices_marked'), at: instantText, prices }),
  z.object({
    ...order,
    type: z.literal('order_accepted'),
    client_order_id: z.string(),
    symbol: z.string(),
    side: z.enum(['buy', 'sell']),
    qty: amount,
    time_in_force: z.enum(['day', 'gtc']),
    session: z.nullable(z.string()),
  }),
  z.object({ ...order, type: z.literal('order_filled'), qty: amount, price: amount }),
  z.object({ ...order, type: z.literal('order_canceled') }),
])

export type ExchangeEvent = z.infer<typeof exchangeEvent>
export type ExchangeEventOf<Type extends ExchangeEvent['type']> = Extract<ExchangeEvent, { type: Type }>
