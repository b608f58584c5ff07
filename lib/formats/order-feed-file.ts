/**
 * Reads recorded order-feed messages (docs/architecture.md#order-feed): JSON lines `{topic, value,
 * default_account_label}`.
 */
import { ACCOUNT_LABEL_ALLOWED, parseAccountLabel } from '../domain/account-label.ts'
import type { OrderFeedMessage } from '../domain/order-event.ts'
import { parseJsonLine, readJsonLines, type ParsedLine } from './json-lines.ts'
import { describeFound, violation } from './violations.ts'

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

function parseMessage(line: string, place: string): ParsedLine<OrderFeedMessage> {
  const parsed = parseJsonLine(line, place)
  if (parsed.kind === 'invalid') return parsed
  const fields = (parsed.value ?? {}) as Record<string, unknown>
  const { topic, value, default_account_label: labelText } = fields
  const defaultAccountLabel = typeof labelText === 'string' ? parseAccountLabel(labelText) : null
  if (typeof topic === 'string' && typeof value === 'string' && defaultAccountLabel !== null) {
    return { kind: 'value', value: { topic, value, defaultAccountLabel } }
  }
  const texts = ['topic', 'value'].filter((field) => typeof fields[field] !== 'string')
  const violations = texts.map((field) =>
    violation(`${place} ${field}`, describeFound(fields[field]), 'a text'),
  )
  if (defaultAccountLabel === null) {
    violations.push(
      violation(`${place} default_account_label`, describeFound(labelText), ACCOUNT_LABEL_ALLOWED),
    )
  }
  return { kind: 'invalid', violations }
}
