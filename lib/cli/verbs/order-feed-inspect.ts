/**
 * `torghut order-feed inspect FILE`: what the order feed makes of recorded messages
 * (docs/architecture.md#command-line; other programs parse the JSON lines).
 */
import { formatDecimal, type Decimal } from '../../domain/decimal.ts'
import type { OrderEvent, OrderFeedMessage } from '../../domain/order-event.ts'
import { formatEpochNs } from '../../domain/nano-time.ts'
import { type NormalizedTradeUpdate, normalizeTradeUpdate } from '../../orders/order-feed/normalize.ts'
import { type EncodedMap, decimalText, finite, nanoInstantText, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { readRecordedMessages } from '../../formats/order-feed-file.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { checkedBefore } from '../terminal/input-file.ts'
import type { Cell } from '../terminal/table.ts'

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
  await output.printTable(head, rows)
  return EXIT.ok
}

async function* jsonLines(
  messages: AsyncIterable<OrderFeedMessage>,
  normalize: (message: OrderFeedMessage) => NormalizedTradeUpdate,
): AsyncGenerator<string> {
  for await (const message of messages) yield JSON.stringify(toJson(normalize(message)))
}

const tradeUpdateJson = record({
  dropReason: nullable(text()),
  event: nullable(
    record(
      {
        accountLabel: text(),
        alpacaOrderId: nullable(text()),
        clientOrderId: nullable(text()),
        symbol: nullable(text()),
        eventType: nullable(text()),
        status: nullable(text()),
        eventTs: nullable(nanoInstantText),
        feedSeq: nullable(finite),
        quantity: nullable(decimalText),
        filledQuantity: nullable(decimalText),
        averageFillPrice: nullable(decimalText),
      },
      // as the broker calls them
      { names: { quantity: 'qty', filledQuantity: 'filled_qty', averageFillPrice: 'avg_fill_price' } },
    ),
  ),
})

function toJson(update: NormalizedTradeUpdate): EncodedMap {
  return update.kind === 'dropped'
    ? tradeUpdateJson.encode({ dropReason: update.reason, event: null })
    : tradeUpdateJson.encode({ dropReason: null, event: update.event })
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
    amount(event.averageFillPrice),
    event.eventTs === null ? '-' : formatEpochNs(event.eventTs),
  ]
}

function filled({ filledQuantity, quantity }: OrderEvent): string {
  return `${amount(filledQuantity)} of ${amount(quantity)}`
}

function amount(value: Decimal | null): string {
  return value === null ? '-' : formatDecimal(value)
}
