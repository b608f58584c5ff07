/**
 * Everything that a cycle decides by (docs/architecture.md#plan), made once per cycle: the plan is made of it, and
 * the cycle's record seals it. Values only, so that equal inputs give equal plans.
 */
import type { SignalBatch } from '../domain/signal.ts'
import type { Settings } from '../domain/settings.ts'
import type { AccountConfig, AccountSnapshot, Position } from '../domain/account.ts'
import { byKey } from '../domain/compare.ts'
import { formatDecimal } from '../domain/decimal.ts'
import { InvalidValueError } from '../domain/errors.ts'
import { encodeFields, sha256Hex } from '../domain/ids.ts'
import type { Lane } from '../domain/lane.ts'
import type { CycleInputsRecord, SealedHistory, TimedOut, UnsettledOrder } from '../domain/plan.ts'
import { seriesKey } from '../domain/signal-series.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import type { EpochMs } from '../domain/time.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import { type HistoryWindows, NO_WINDOWS, type PastSignal } from '../strategy/history.ts'

export interface CycleInputs {
  readonly lane: Lane
  /** What lies after the lane's cursor, without a hole. */
  readonly batch: SignalBatch
  /** The whole catalog; the plan uses the strategies that the account trades. */
  readonly strategies: CompiledStrategies
  readonly settings: Settings
  /** What the settings were read from, by name. */
  readonly rawSettings: TickMessage['settings']
  readonly account: AccountConfig
  /** The account's kill switch (environment OR global OR account) in the tick. */
  readonly killSwitchOn: boolean
  readonly snapshot: AccountSnapshot
  /** Executions of earlier cycles whose fate at the broker is not known; they count as open orders. */
  readonly unsettled: readonly UnsettledOrder[]
  readonly calendar: TradingCalendar
  /** The cycle's instant: `max(message.tick_at, lane.last_tick_at)`. */
  readonly tickAt: EpochMs
  /** Of the code that plans. */
  readonly codeVersion: string
  /** They are not asked from that position on; none unless it says so. */
  readonly timedOut?: TimedOut | null
  /** What came before the batch in the series that a strategy looks back in. */
  readonly history?: HistoryWindows
}

/**
 * The last position that the batch covers, or the cursor itself when it covers none.
 * @throws InvalidValueError when the batch does not continue the cursor without a hole: planning it would
 *   leave positions without an outcome
 */
export function lastPosition({ lane, batch }: Pick<CycleInputs, 'lane' | 'batch'>): number {
  let last = lane.cursor
  const { expired } = batch
  if (expired !== null) {
    if (expired.from !== last + 1 || expired.to < expired.from) throw hole(last, expired.from)
    last = expired.to
  }
  for (const { position } of batch.signals) {
    if (position !== last + 1) throw hole(last, position)
    last = position
  }
  return last
}

function hole(after: number, found: number): InvalidValueError {
  return new InvalidValueError(`a batch must go on at position ${after + 1}, but goes on at ${found}`)
}

/**
 * The inputs as the cycle's record seals them: small ones as they are, large ones by name or hash (signals by
 * position range, strategies by catalog hash). Of the snapshot a plan uses the totals and the rows of the batch's
 * symbols, nothing else: the record keeps only those.
 */
export function sealedInputs(inputs: CycleInputs): CycleInputsRecord {
  const { tickAt, lane, batch, strategies, rawSettings, account, killSwitchOn, unsettled } = inputs
  const first = batch.expired?.from ?? batch.signals[0]?.position
  const { snapshot, restHash } = splitSnapshot(inputs.snapshot, batch)
  return {
    tickAt,
    cursor: lane.cursor,
    positions: first === undefined ? null : { from: first, to: lastPosition(inputs) },
    catalogHash: strategies.catalogHash,
    settings: rawSettings,
    account,
    killSwitchOn,
    unsettled: unsettled.map(unsettledOrder),
    snapshot,
    restHash,
    codeVersion: inputs.codeVersion,
    timedOut: timedOutWithin(inputs),
    history: historyWithin(inputs),
  }
}

function unsettledOrder({ clientOrderId, symbol, side, quantity }: UnsettledOrder): UnsettledOrder {
  return { clientOrderId, symbol, side, quantity }
}

/** Of the batch's series; null for none. */
function historyWithin({ batch, history = NO_WINDOWS }: CycleInputs): CycleInputsRecord['history'] {
  if (history.size === 0) return null
  const sealed = new Map<string, SealedHistory>()
  for (const { signal } of batch.signals) {
    const key = seriesKey(signal)
    const window = history.get(key)
    if (window === undefined || sealed.has(key)) continue
    const { symbol, timeframe } = signal
    sealed.set(key, { symbol, timeframe, ...sealedWindow(window) })
  }
  return sealed.size === 0 ? null : [...sealed.values()]
}

/** What a record keeps of a series' earlier signals. */
export function sealedWindow(window: readonly PastSignal[]): Pick<SealedHistory, 'positions' | 'hash'> {
  return {
    positions: window.map(({ position }) => position),
    hash: sha256Hex(encodeFields(...window.map(({ hash }) => hash))),
  }
}

/** Those that this batch meets; null for none. */
function timedOutWithin(inputs: CycleInputs): TimedOut | null {
  const timedOut = Object.entries(inputs.timedOut ?? NONE_TIMED_OUT)
  if (timedOut.length === 0) return null
  const last = lastPosition(inputs)
  const met = timedOut.filter(([, position]) => position <= last)
  return met.length === 0 ? null : Object.fromEntries(met.sort(byKey))
}

const NONE_TIMED_OUT: TimedOut = Object.freeze({})
const NO_REST = sha256Hex(encodeFields())

function valueText({ marketValue }: Position): string {
  return marketValue === null ? 'none' : formatDecimal(marketValue)
}

/** Keeps the rows of the batch's symbols and hashes the others, in their order. */
function splitSnapshot(
  { balance, positions, openOrders }: AccountSnapshot,
  { signals }: SignalBatch,
): Pick<CycleInputsRecord, 'snapshot' | 'restHash'> {
  if (positions.length === 0 && openOrders.length === 0) {
    return { snapshot: { balance, positions, openOrders }, restHash: NO_REST }
  }
  const symbols = new Set(signals.map(({ signal }) => signal.symbol))
  const rest: string[] = []
  const snapshot = {
    balance,
    positions: rowsOf(symbols, positions, (row) => {
      rest.push(encodeFields('position', row.symbol, formatDecimal(row.quantity), valueText(row)))
    }),
    openOrders: rowsOf(symbols, openOrders, ({ clientOrderId, symbol, side, quantity }) => {
      rest.push(encodeFields('order', clientOrderId, symbol, side, formatDecimal(quantity)))
    }),
  }
  return {
    snapshot,
    restHash: rest.length === 0 ? NO_REST : sha256Hex(encodeFields(...rest)),
  }
}

/** @param other gets each row of another symbol, in their order */
function rowsOf<Row extends { readonly symbol: string }>(
  symbols: ReadonlySet<string>,
  rows: readonly Row[],
  other: (row: Row) => void,
): Row[] {
  const own: Row[] = []
  for (const row of rows) {
    if (symbols.has(row.symbol)) own.push(row)
    else other(row)
  }
  return own
}
