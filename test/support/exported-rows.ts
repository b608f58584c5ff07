/** An export of the Python service's tables, as `row_to_json` writes rows: numbers with all their digits, zones by offset. */
import type { ExportFiles } from '../../lib/operations/read-export.ts'
import type { ExportedTable } from '../../lib/formats/exported-rows.ts'

export type ExportLines = Record<ExportedTable, string[]>

const minute = (seq: number): string =>
  new Date(Date.UTC(2026, 1, 2, 14, 30 + seq)).toISOString().replace('.000Z', '.123456+00:00')

/** Of two accounts; every fifth decision was never ordered. */
export function anExport(decisions: number): ExportLines {
  const lines: ExportLines = {
    trade_decisions: [],
    executions: [],
    execution_order_events: [],
    trade_cursor: [
      cursorRow('alpha', '2026-02-02T14:31:00+00:00', 2, 'AAPL'),
      cursorRow('beta', '2026-02-02T14:31:00+00:00', 1, null),
    ],
  }
  for (let seq = 0; seq < decisions; seq += 1) {
    const account = seq % 2 === 0 ? 'alpha' : 'beta'
    const isOrdered = seq % 5 !== 4
    lines.trade_decisions.push(decisionRow(seq, account, isOrdered ? 'filled' : 'rejected'))
    if (!isOrdered) continue
    lines.executions.push(executionRow(seq, account))
    lines.execution_order_events.push(eventRow(seq, account, 'new'), eventRow(seq, account, 'fill'))
  }
  return lines
}

export const decisionId = (seq: number): string => `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`
export const hashOf = (seq: number): string => `d${seq.toString(16).padStart(63, '0')}`

export function decisionRow(seq: number, account: string, status: string): string {
  return `{"id":"${decisionId(seq)}","strategy_id":"5a0c3c1e-0000-4000-8000-000000000001","alpaca_account_label":"${account}","symbol":"AAPL","timeframe":"1Min","decision_json":{"strategy_id":"5a0c3c1e","symbol":"AAPL","event_ts":"${minute(seq)}","timeframe":"1Min","action":"buy","qty":"3","order_type":"market","time_in_force":"day","rationale":"macd","params":{"macd":{"macd":0.5,"signal":0.1},"price":"101.5"}},"rationale":"macd above signal, \\"1e5\\" at 12","status":"${status}","created_at":"${minute(seq)}","executed_at":null,"decision_hash":"${hashOf(seq)}"}`
}

export function executionRow(
  seq: number,
  account: string,
  columns: Readonly<Record<string, string>> = {},
): string {
  const row = {
    id: `"e${seq}"`,
    trade_decision_id: `"${decisionId(seq)}"`,
    alpaca_account_label: `"${account}"`,
    alpaca_order_id: `"order-${seq}"`,
    client_order_id: `"${hashOf(seq)}"`,
    symbol: '"AAPL"',
    side: '"buy"',
    order_type: '"market"',
    time_in_force: '"day"',
    submitted_qty: '3.00000000',
    filled_qty: '3.00000000',
    avg_fill_price: '101.52345678',
    status: '"filled"',
    raw_order: '{"id":"x","qty":3}',
    created_at: `"${minute(seq)}"`,
    updated_at: `"${minute(seq + 1)}"`,
    last_update_at: `"${minute(seq + 1)}"`,
    order_feed_last_seq: '12',
    ...columns,
  }
  return `{${Object.entries(row)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`
}

export function eventRow(seq: number, account: string, event: 'new' | 'fill'): string {
  const order = `{"id":"order-${seq}","client_order_id":"${hashOf(seq)}","symbol":"AAPL","side":"buy","qty":"3","filled_qty":"${event === 'fill' ? 3 : 0}","status":"${event === 'fill' ? 'filled' : 'new'}"}`
  const raw = `{"channel":"trade_updates","account_label":"${account}","seq":${seq},"payload":{"event":"${event}","timestamp":"${minute(seq)}","order":${order}}}`
  return `{"id":"v${seq}","event_fingerprint":"f${seq}","source_topic":"torghut.trade-updates.v1","source_partition":0,"source_offset":${seq},"alpaca_account_label":"${account}","feed_seq":${seq},"event_ts":"${minute(seq)}","symbol":"AAPL","alpaca_order_id":"order-${seq}","client_order_id":"${hashOf(seq)}","event_type":"${event}","status":"${event === 'fill' ? 'filled' : 'new'}","qty":3.00000000,"filled_qty":${event === 'fill' ? '3.00000000' : '0'},"avg_fill_price":null,"raw_event":${raw},"execution_id":"e${seq}","trade_decision_id":"${decisionId(seq)}","created_at":"${minute(seq)}"}`
}

export function cursorRow(
  account: string,
  at: string,
  seq: number,
  symbol: string | null,
  source = 'ta',
): string {
  return `{"id":"c","source":"${source}","account_label":"${account}","cursor_at":"${at}","cursor_seq":${seq},"cursor_symbol":${JSON.stringify(symbol)},"created_at":"2026-01-01T00:00:00+00:00","updated_at":"2026-02-02T14:32:00+00:00"}`
}

export function filesOf(lines: ExportLines): ExportFiles {
  return {
    lines: (table) =>
      (async function* () {
        yield* lines[table]
      })(),
  }
}
