/**
 * Rows of the Python service's tables, as PostgreSQL's `row_to_json` writes them, a line each (docs/import.md).
 *
 * Invariants: a number is read from its digits, never through a double; columns that nothing here is made of are passed
 * over; what is wrong with a row is found all at once.
 */
import { type Decimal, parseDecimal } from '../domain/decimal.ts'
import { parseEpochNs, type EpochNs } from '../domain/nano-time.ts'
import { parseJson } from '../domain/parse-json.ts'
import type { Json } from '../domain/signal.ts'
import { parseInstant, type EpochMs } from '../domain/time.ts'
import { type Codec, type Decoded, decodeWith, json, oneOf, orElse, refuse, text } from './codec.ts'
import { record } from './codec-records.ts'
import { describeFound } from './violations.ts'

/** In the order in which they are imported: a row is linked to rows of tables before its own. */
export const EXPORTED_TABLES = [
  'trade_decisions',
  'executions',
  'execution_order_events',
  'trade_cursor',
] as const
export type ExportedTable = (typeof EXPORTED_TABLES)[number]

export interface ExportedDecision {
  readonly id: string
  readonly strategyId: string
  readonly alpacaAccountLabel: string | null
  readonly symbol: string
  readonly timeframe: string
  readonly decisionJson: {
    readonly action: 'buy' | 'sell'
    readonly qty: Decimal
    readonly eventTs: EpochMs | null
    readonly timeInForce: 'day' | 'gtc' | null
    readonly limitPrice: Decimal | null
    readonly params: { readonly price: Decimal | null }
  }
  readonly rationale: string | null
  readonly status: string
  readonly decisionHash: string | null
  readonly createdAt: EpochMs
}

export interface ExportedExecution {
  readonly id: string
  readonly tradeDecisionId: string
  readonly alpacaAccountLabel: string | null
  readonly alpacaOrderId: string
  readonly clientOrderId: string | null
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly orderType: string
  readonly timeInForce: 'day' | 'gtc'
  readonly submittedQty: Decimal
  readonly filledQty: Decimal
  readonly avgFillPrice: Decimal | null
  readonly status: string
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
  /** When the broker last said something. */
  readonly lastUpdateAt: EpochNs | null
}

export interface ExportedOrderEvent {
  readonly sourceTopic: string | null
  /** The message as it came, if it was kept. */
  readonly rawEvent: Json
  readonly alpacaAccountLabel: string | null
  readonly tradeDecisionId: string | null
  readonly feedSeq: number | null
  readonly eventTs: EpochNs | null
  readonly symbol: string | null
  readonly alpacaOrderId: string | null
  readonly clientOrderId: string | null
  readonly eventType: string | null
  readonly status: string | null
  readonly qty: Decimal | null
  readonly filledQty: Decimal | null
  readonly avgFillPrice: Decimal | null
}

export interface ExportedCursor {
  readonly source: string
  readonly accountLabel: string | null
  readonly cursorAt: EpochMs
  readonly cursorSeq: number
  readonly cursorSymbol: string | null
}

export interface ExportedRows {
  readonly trade_decisions: ExportedDecision
  readonly executions: ExportedExecution
  readonly execution_order_events: ExportedOrderEvent
  readonly trade_cursor: ExportedCursor
}

const column = <T>(allowed: string, parse: (encoded: string) => T | null): Codec<T> => ({
  // rows come from elsewhere and are never written
  encode: () => undefined,
  decode: (encoded, faults) =>
    (typeof encoded === 'string' ? parse(encoded) : null) ?? refuse(faults, describeFound(encoded), allowed),
})
const maybe = <T>(codec: Codec<T>): Codec<T | null> => orElse<T | null>(codec as Codec<T | null>, null)

/** As wide as the columns of the old tables, and as an item can bear. */
const id = text('1 to 128 characters', /^[\s\S]{1,128}$/)
const remark = text('at most 8,000 characters', /^[\s\S]{0,8000}$/)
const instant = column('an ISO-8601 instant with its zone', parseInstant)
const exactInstant = column('an ISO-8601 instant with its zone', parseEpochNs)
const side = oneOf('buy', 'sell')
const timeInForce = oneOf('day', 'gtc')
const amount = column('a NUMERIC(20,8) of 0 or more', (digits) => atLeast(digits, 0n))
const quantity = column('a NUMERIC(20,8) above 0', (digits) => atLeast(digits, 1n))
const sequence = column('an integer of 0 or more', (digits) => {
  const value = /^\d+$/.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(value) ? value : null
})

/** NUMERIC(20,8): twelve digits before the point, eight behind it. */
const NUMERIC = /^\d{1,12}(?:\.\d{1,8})?$/

function atLeast(digits: string, least: bigint): Decimal | null {
  const value = NUMERIC.test(digits) ? parseDecimal(digits) : null
  return value === null || value < least ? null : value
}

const open = { open: true } as const

const CODECS: { readonly [Table in ExportedTable]: Codec<ExportedRows[Table]> } = {
  trade_decisions: record<ExportedDecision>(
    {
      id,
      strategyId: id,
      alpacaAccountLabel: maybe(id),
      symbol: id,
      timeframe: id,
      decisionJson: record<ExportedDecision['decisionJson']>(
        {
          action: side,
          qty: amount,
          eventTs: maybe(instant),
          timeInForce: maybe(timeInForce),
          limitPrice: maybe(amount),
          params: orElse(record<{ price: Decimal | null }>({ price: maybe(amount) }, open), { price: null }),
        },
        open,
      ),
      rationale: maybe(remark),
      status: id,
      decisionHash: maybe(id),
      createdAt: instant,
    },
    open,
  ),
  executions: record<ExportedExecution>(
    {
      id,
      tradeDecisionId: id,
      alpacaAccountLabel: maybe(id),
      alpacaOrderId: id,
      clientOrderId: maybe(id),
      symbol: id,
      side,
      orderType: id,
      timeInForce,
      submittedQty: quantity,
      filledQty: amount,
      avgFillPrice: maybe(amount),
      status: id,
      createdAt: instant,
      updatedAt: instant,
      lastUpdateAt: maybe(exactInstant),
    },
    open,
  ),
  execution_order_events: record<ExportedOrderEvent>(
    {
      sourceTopic: maybe(id),
      rawEvent: maybe(json()),
      alpacaAccountLabel: maybe(id),
      tradeDecisionId: maybe(id),
      feedSeq: maybe(sequence),
      eventTs: maybe(exactInstant),
      symbol: maybe(id),
      alpacaOrderId: maybe(id),
      clientOrderId: maybe(id),
      eventType: maybe(id),
      status: maybe(id),
      qty: maybe(amount),
      filledQty: maybe(amount),
      avgFillPrice: maybe(amount),
    },
    open,
  ),
  trade_cursor: record<ExportedCursor>(
    {
      source: id,
      accountLabel: maybe(id),
      cursorAt: instant,
      cursorSeq: sequence,
      cursorSymbol: maybe(text()),
    },
    open,
  ),
}

/** A line of a table's file, or all that is wrong with it. */
export function decodeExportedRow<Table extends ExportedTable>(
  table: Table,
  line: string,
): Decoded<ExportedRows[Table]> {
  if (parseJson(line) === undefined) {
    const violation = {
      path: '',
      found: 'text that is not JSON',
      allowed: 'a row as `row_to_json` writes it',
    }
    return { kind: 'invalid', violations: [violation] }
  }
  return decodeWith<ExportedRows[Table]>(CODECS[table], parseJson(withNumbersAsTexts(line)))
}

/** A JSON text's strings, which stay, and its numbers. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** NUMERIC(20,8) has more digits than a double; within valid JSON a digit outside a string belongs to a number. */
function withNumbersAsTexts(line: string): string {
  return line.replace(STRING_OR_NUMBER, (found) => (found.startsWith('"') ? found : `"${found}"`))
}
