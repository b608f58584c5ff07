/** A short run of the local runtime inside the test, over the packaged prices and the examples. */
import type { Telemetry } from '../../lib/ports/telemetry.ts'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import type { Decimal } from '../../lib/domain/decimal.ts'
import { decimal, mul, asDecimal } from '../../lib/domain/decimal.ts'
import { type DevRunResult, devRun } from '../../lib/local/dev-run.ts'
import type { ReportWriter } from '../../lib/local/finished-run.ts'
import type { Progress } from '../../lib/local/walk.ts'
import { packagedMarket } from '../../lib/local/market-data.ts'
import { checkInputs, type RunInputs } from '../../lib/local/run-inputs.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../examples')

export interface ShortRunOptions {
  readonly fresh?: boolean
  readonly onProgress?: (progress: Progress) => unknown
  readonly stop?: AbortSignal
  /** Is waited for while the run still has its folder. */
  readonly report?: ReportWriter
  /** Complains of every error by default. */
  readonly telemetry?: Telemetry
}

export function exampleInputs(
  from: string,
  to: string,
  accounts = readFileSync(resolve(EXAMPLES, 'accounts.json'), 'utf8'),
): Promise<RunInputs> {
  const strategies = resolve(EXAMPLES, 'strategies.yaml')
  return checkInputs({
    market: packagedMarket(),
    range: { from, to },
    strategies: parseStrategies(readFileSync(strategies, 'utf8'), strategies),
    pluginModule: resolve(EXAMPLES, 'plugins.mjs'),
    accounts: { text: accounts, name: 'accounts.json' },
    environment: {},
    flags: {},
  })
}

/** No error goes by unseen. */
const complaining: Telemetry = {
  count: () => {},
  measure: () => {},
  record: (level, message) => {
    if (level === 'error') throw new Error(`the run reports an error: ${message}`)
  },
}

export function shortRun(
  folder: string,
  inputs: RunInputs,
  options: ShortRunOptions = {},
): Promise<DevRunResult> {
  return devRun({
    inputs,
    workingFolder: folder,
    fresh: options.fresh ?? false,
    stop: options.stop ?? new AbortController().signal,
    onKillSwitch: () => undefined,
    onProgress: options.onProgress ?? (() => {}),
    telemetry: options.telemetry ?? complaining,
    codeVersion: 'test',
    report: options.report ?? null,
  })
}

export interface ExchangeEvents {
  readonly orders: readonly Readonly<Record<string, string>>[]
  readonly fills: readonly Readonly<Record<string, string>>[]
  /** The last price of each symbol that positions were valued at. */
  readonly prices: Readonly<Record<string, string>>
}

/** The exchange's own log, which is no work of the runtime's. */
export function exchangeEvents(folder: string): ExchangeEvents {
  const lines = readFileSync(resolve(folder, '.torghut/exchange.jsonl'), 'utf8').trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { type?: string; prices?: Record<string, string> })
  const ofType = (type: string) =>
    events.filter((event) => event.type === type) as unknown as Readonly<Record<string, string>>[]
  const prices = Object.assign({}, ...events.map((event) => event.prices ?? {})) as Record<string, string>
  return { orders: ofType('order_accepted'), fills: ofType('order_filled'), prices }
}

/** An account's equity, worked out from what it started with, its fills and the last prices. */
export function equityByHand(folder: string, account: string, start: string): Decimal {
  const { orders, fills, prices } = exchangeEvents(folder)
  let equity = decimal(start)
  for (const fill of fills) {
    const order = orders.find(({ order_id: id }) => id === fill['order_id'])
    if (order === undefined || order['account'] !== account) continue
    const quantity = decimal(fill['qty'] ?? '')
    const change = asDecimal(decimal(prices[order['symbol'] ?? ''] ?? '') - decimal(fill['price'] ?? ''))
    const gain = mul(quantity, change)
    equity = asDecimal(order['side'] === 'buy' ? equity + gain : equity - gain)
  }
  return equity
}
