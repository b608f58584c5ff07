/**
 * Reads recorded order-feed messages (docs/architecture.md#order-feed): JSON lines `{topic, value,
 * default_account_label}`.
 */
import { ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN, type AccountLabel } from '../domain/account-label.ts'
import type { OrderFeedMessage } from '../domain/order-event.ts'
import { parseJsonLine, readJsonLines, type ParsedLine } from './json-lines.ts'
import { decodeWith, text } from './codec.ts'
import { record } from './codec-records.ts'
import { formatPath } from './violations.ts'

/**
 * Yields the messages of the lines in order; `file` is the file's name for messages.
 * @throws ConfigurationError with the first 20 violations, by `file:line`, and the number of the others.
 */
export function readRecordedMessages(
  lines: AsyncIterable<string> | Iterable<string>,
  file: string,
): AsyncGenerator<OrderFeedMessage, void, void> {
  return readJsonLines(lines, file, {
    subject: 'The order feed file',
    allowed: 'one JSON object per line: topic, value, default_account_label',
    parse: parseMessage,
  })
}

const message = record<OrderFeedMessage & { readonly defaultAccountLabel: AccountLabel }>(
  {
    topic: text(),
    value: text(),
    defaultAccountLabel: text(ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN),
  },
  // a recording may say more of each message
  { open: true },
)

function parseMessage(line: string, place: string): ParsedLine<OrderFeedMessage> {
  const parsed = parseJsonLine(line, place)
  if (parsed.kind === 'invalid') return parsed
  return decodeWith(message, parsed.value, (path) => `${place} ${formatPath(path)}`.trimEnd())
}
