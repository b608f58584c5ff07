/**
 * The event by which the dispatcher learns that signals were appended: shaped as the schedule's own, with another source
 * (docs/architecture.md#ticks-after-signals).
 */
import type { AppendedSignals } from '../domain/appended-signals.ts'
import { SIGNALS_SOURCE } from '../domain/deployment-parts.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { NAME_PATTERN } from '../domain/patterns.ts'
import { decodeWith, instantText, integer, isMap, text } from './codec.ts'
import { mapped, record } from './codec-records.ts'
import { formatPath } from './violations.ts'

interface WrittenEvent extends Pick<AppendedSignals, 'at'> {
  readonly eventSource: string
  readonly detail: Omit<AppendedSignals, 'at'>
}

const name = text('a name', NAME_PATTERN)

const event = mapped<AppendedSignals, WrittenEvent>(
  record<WrittenEvent>(
    {
      at: instantText,
      eventSource: text(),
      detail: record<WrittenEvent['detail']>({ source: name, position: integer, by: name }),
    },
    { names: { at: 'time', eventSource: 'source' }, open: true },
  ),
  ({ at, ...detail }) => ({ at, eventSource: SIGNALS_SOURCE, detail }),
  ({ at, detail }) => ({ at, ...detail }),
)

export function encodeAppended(signals: AppendedSignals): string {
  return JSON.stringify(event.encode(signals))
}

/** Null: the event is another one, the schedule's or an operator's. @throws ConfigurationError naming what is wrong */
export function decodeAppended(received: unknown): AppendedSignals | null {
  if (!isMap(received) || received['source'] !== SIGNALS_SOURCE) return null
  const decoded = decodeWith(event, received, (path) => formatPath(path) || '(event)')
  if (decoded.kind === 'invalid') throw new ConfigurationError('The event', decoded.violations)
  return decoded.value
}
