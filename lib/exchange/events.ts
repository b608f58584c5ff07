/**
 * Everything that can happen at the paper exchange, and how it stands in its log: one JSON object a line,
 * amounts as decimal strings, instants as ISO-8601 UTC.
 *
 * Invariant: names and shapes only ever grow; a log of another version is refused, never guessed at.
 */
import * as z from 'zod/mini'
import { ACCOUNT_LABEL_PATTERN } from '../domain/account-label.ts'
import { TIMES_IN_FORCE } from '../domain/decision.ts'
import { byKey } from '../domain/compare.ts'
import { type Decimal, decimal, formatDecimal, isDecimal, parseDecimal } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import { type EpochMs, formatInstant, instant, parseInstant } from '../domain/time.ts'
import type { OpenAppendLog } from '../ports/append-log.ts'

const LOG_VERSION = 1

/** By symbol. */
export type Prices = ReadonlyMap<string, Decimal>

const amountText = z.string().check(z.refine((text) => parseDecimal(text) !== null, 'not a decimal'))
const instantText = z.string().check(z.refine((text) => parseInstant(text) !== null, 'not an instant'))
const amount = z.pipe(
  amountText,
  z.transform((text: string) => decimal(text)),
)
const at = z.pipe(
  instantText,
  z.transform((text: string) => instant(text)),
)
const label = z.string().check(z.regex(ACCOUNT_LABEL_PATTERN))
const prices = z.pipe(
  z.record(z.string(), amountText),
  z.transform(
    (texts: Record<string, string>): Prices =>
      new Map(Object.entries(texts).map(([symbol, text]) => [symbol, decimal(text)])),
  ),
)
const order = { at, account: label, order_id: z.string() }

const logHeader = z.object({ paper_exchange_log: z.number() })

const exchangeEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('account_opened'),
    at,
    account: label,
    cash: amount,
    multiplier: amount,
    shorting_enabled: z.boolean(),
  }),
  z.object({
    type: z.literal('session_opened'),
    at,
    date: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)),
    opens_at: at,
    closes_at: at,
    prices,
  }),
  z.object({ type: z.literal('prices_marked'), at, prices }),
  z.object({
    ...order,
    type: z.literal('order_accepted'),
    client_order_id: z.string(),
    symbol: z.string(),
    side: z.enum(['buy', 'sell']),
    qty: amount,
    time_in_force: z.enum(TIMES_IN_FORCE),
    limit_price: z.optional(amount),
    session: z.nullable(z.string()),
  }),
  z.object({
    ...order,
    type: z.literal('order_filled'),
    qty: amount,
    price: amount,
    fee: z.optional(amount),
  }),
  z.object({ ...order, type: z.literal('order_canceled') }),
])

export type ExchangeEvent = z.infer<typeof exchangeEvent>
export type ExchangeEventOf<Type extends ExchangeEvent['type']> = Extract<ExchangeEvent, { type: Type }>

export function areSamePrices(left: Prices, right: Prices): boolean {
  return left.size === right.size && [...left].every(([symbol, price]) => right.get(symbol) === price)
}

export interface EventLog {
  /** @throws StateError when the event could not be stored; then nothing of it is in the log. */
  append(event: ExchangeEvent): void
  close(): void
}

/**
 * Opens the log and hands over every stored event, oldest first. Its first line tells the version.
 * @throws StateError for a log that cannot be read, or that `apply` cannot follow; it names the line
 */
export function openEventLog(open: OpenAppendLog, apply: (event: ExchangeEvent) => void): EventLog {
  let isNew = true
  const log = open((line) => {
    if (isNew) readHeader(line)
    else apply(exchangeEvent.parse(JSON.parse(line)))
    isNew = false
  })
  if (isNew) log.append(JSON.stringify({ paper_exchange_log: LOG_VERSION }))
  return { append: (event) => log.append(JSON.stringify(event, asWritten)), close: () => log.close() }
}

const INSTANTS: ReadonlySet<string> = new Set(['at', 'opens_at', 'closes_at'])

function asWritten(key: string, value: unknown): unknown {
  if (isDecimal(value)) return formatDecimal(value)
  if (value instanceof Map) return Object.fromEntries([...value].sort(byKey))
  return INSTANTS.has(key) ? formatInstant(value as EpochMs) : value
}

function readHeader(line: string): void {
  const { paper_exchange_log: version } = logHeader.parse(JSON.parse(line))
  if (version !== LOG_VERSION) throw new StateError(`version ${version}, this program writes ${LOG_VERSION}`)
}
