/**
 * `torghut order-feed inspect FILE`: what the order feed makes of recorded messages
 * (docs/architecture.md#command-line; other programs parse the JSON lines).
 */
import { formatDecimal, type Decimal } from '../../domain/decimal.ts'
import type { OrderEvent } from '../../domain/order-event.ts'
import { formatInstant } from '../../domain/time.ts'
import { type NormalizedTradeUpdate, normalizeTradeUpdate } from '../../orders/order-feed/normalize.ts'
import type { OrderFeedMessage } from '../../domain/order-event.ts'
import { readRecordedMessages } from '../../formats/order-feed-file.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { checkedBefore } from '../terminal/input-file.ts'
import { renderTable, type Cell } from '../terminal/output.ts'

export async function inspectFeed(
  { output, folder }: CliContext,
  { json }: { readonly json?: true },
  file = '',
): Promise<ExitCode> {
  const messages = checkedBefore(file, folder, readRecordedMessages)
  if (json) {
    await output.printLines(jsonLines(messages, normalizeTradeUpdate))
    return EXIT.ok
  }
  const rows: Cell[][] = []
  for await (const message of messages) rows.push(toRow(normalizeTradeUpdate(message), rows.length + 1))
  const head = ['line', 'account', 'event', 'status', 'symbol', 'order', 'filled', 'price', 'at']
  await output.print(renderTable(head, rows, output.colors))
  return EXIT.ok
}

async function* jsonLines(
  messages: AsyncIterable<OrderFeedMessage>,
  normalize: (message: OrderFeedMessage) => NormalizedTradeUpdate,
): AsyncGenerator<string> {
  for await (const message of messages) yield JSON.stringify(toJson(normalize(message)))
}

function toJson(update: NormalizedTradeUpdate): unknown {
  if (update.kind === 'dropped') return { drop_reason: update.reason, event: null }
  const { event } = update
  return {
    drop_reason: null,
    event: {
      account_label: event.accountLabel,
      alpaca_order_id: event.alpacaOrderId,
      client_order_id: event.clientOrderId,
      symbol: event.symbol,
      event_type: event.eventType,
      status: event.status,
      event_ts: event.eventTs === null ? null : formatInstant(event.eventTs),
      feed_seq: event.feedSeq,
      qty: decimalText(event.quantity),
      filled_qty: decimalText(event.filledQuantity),
      avg_fill_price: decimalText(event.averageFillPrice),
    },
  }
}

function toRow(update: NormalizedTradeUpdate, line: number): Cell[] {
  if (update.kind === 'dropped') return [line, '', `dropped: ${update.reason}`, '', '', '', '', '', '']
  const { event } = update
  return [
    line,
    event.accountLabel,
    event.eventType ?? '-',
    event.status ?? '-',
    event.symbol ?? '-',
    event.alpacaOrderId ?? event.clientOrderId ?? '-',
    filled(event),
    decimalText(event.averageFillPrice) ?? '-',
    event.eventTs === null ? '-' : formatInstant(event.eventTs),
  ]
}

function filled({ filledQuantity, quantity }: OrderEvent): string {
  return `${decimalText(filledQuantity) ?? '-'} of ${decimalText(quantity) ?? '-'}`
}

function decimalText(value: Decimal | null): string | null {
  return value === null ? null : formatDecimal(value)
}
