/**
 * What the functions logged, merged over functions and filtered. Records are JSON with properties; the platform's
 * own lines (START, END, REPORT) and metrics are left out unless asked for. Other text stays: a function that
 * crashed says so in plain words.
 */
import { parseJson } from '../domain/parse-json.ts'
import { isMap } from '../formats/codec.ts'
import type { LogLine } from '../ports/log-reader.ts'

const PLATFORM_LINE = /^(START|END|REPORT|INIT_START|INIT_REPORT|XRAY|EXTENSION) /

export interface LogRecord extends LogLine {
  /** Null: not JSON. */
  readonly fields: Readonly<Record<string, unknown>> | null
}

export interface LogFilter {
  /** Only records about this account. */
  readonly account: string | null
  /** Also lines that are not records, and metrics. */
  readonly everything: boolean
}

/** In the order of time; lines of the same time keep the order given. */
export function selectRecords(lines: readonly LogLine[], filter: LogFilter): readonly LogRecord[] {
  return lines
    .map((line) => ({ ...line, fields: parsedFields(line.text) }))
    .filter((record) => matches(record, filter))
    .toSorted((left, right) => left.at - right.at)
}

function matches({ fields, text }: LogRecord, { account, everything }: LogFilter): boolean {
  if (account !== null) return fields !== null && accountOf(fields) === account
  if (everything) return true
  return fields === null ? !PLATFORM_LINE.test(text) : !('_aws' in fields)
}

/** The account that a record is about. */
export function accountOf(fields: Readonly<Record<string, unknown>>): unknown {
  return fields['account'] ?? fields['account_label'] ?? fields['alpaca_account_label']
}

function parsedFields(text: string): LogRecord['fields'] {
  const parsed = text.startsWith('{') ? parseJson(text) : undefined
  return isMap(parsed) ? parsed : null
}
