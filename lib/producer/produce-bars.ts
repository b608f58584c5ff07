/**
 * One run of the producer: reads the bars that have closed, and appends their signals (docs/market-data.md).
 *
 * Invariants: whatever becomes of a run, the next one goes on from the log; a bar that has not come within some seconds is left
 * to the next run; no run asks more than its budget.
 */
import type { Indicator } from '../domain/indicator.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { asEpochMs, floorToMinute, formatInstant, type EpochMs } from '../domain/time.ts'
import { askFrom } from '../series/ask-from.ts'
import { barRequests } from '../series/bar-requests.ts'
import { crossesDay } from '../series/breaks.ts'
import { dueMoment, isWorthAgain, mayComeYet } from '../series/closed-bars.ts'
import { type WantedSeries, wantedSeries } from '../series/wanted-series.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { newYorkDays } from '../market/new-york-day.ts'
import { sessionsBy } from '../market/series-fold.ts'
import type { BarSource } from '../ports/bar-source.ts'
import type { Clock } from '../ports/clock.ts'
import type { FoldStore } from '../ports/fold-store.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { appendBars, type Appended, type NewBar } from './append-bars.ts'
import { type DueSeries, newBars } from './new-bars.ts'
import { barKey, BarReader, type ReadBars } from './bar-reader.ts'
import { noticesOf } from './notices-of.ts'
import { Notices } from './notices.ts'
import { SeriesLog, type SeriesLogDeps } from './series-log.ts'

export interface ProducerDeps {
  readonly source: string
  readonly calendar: ExchangeCalendar
  readonly own: readonly Indicator[]
  /** Of all that folds; see SeriesLogDeps. */
  readonly version: string
  readonly warmUpBars: number
  readonly signals: SeriesLogDeps['signals']
  readonly folds: FoldStore
  readonly clock: Clock
  /** Waits so many milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>
  readonly telemetry: Telemetry
  /** Told after each time that signals were appended, with the last position. */
  readonly appended?: (position: number) => Promise<void>
}

export interface ProducerRun {
  readonly strategies: readonly StrategyDefinition[]
  readonly bars: BarSource
  readonly remainingMs: () => number
  /** What has come by a stream, and as soon as it came: what is not there may come yet. */
  readonly isPartial?: boolean
}

export interface ProducerSummary {
  readonly appended: number
  readonly corrections: number
  readonly late: number
  readonly missing: number
  readonly requests: number
  readonly position: number
  /** Whether all that had come was dealt with. */
  readonly complete: boolean
}

/** Bars are made 20 to 100 ms after their minute's end (https://forum.alpaca.markets/t/alpaca-market-data-update-bars/8947). */
const SETTLE_MS = 500
/** Before the second look for those that are not there yet, and between all others. */
const SOON_MS = 1000
const AGAIN_MS = 2000
const MOST_LOOKS = 5
/** What is left when nothing further is begun. */
const RESERVED_MS = 8000

/** One per process and source. */
export class Producer {
  readonly #deps: ProducerDeps
  readonly #log: SeriesLog
  readonly #reader = new BarReader()
  readonly #notices: Notices
  readonly #dayOf = newYorkDays()
  /** By series: the last moment that it was asked at. */
  readonly #askedAt = new Map<string, EpochMs>()
  readonly #unstorable = new Map<string, string>()

  constructor(deps: ProducerDeps) {
    this.#deps = deps
    const { source, own, calendar } = deps
    this.#notices = new Notices(deps.telemetry)
    this.#log = new SeriesLog({
      ...deps,
      context: { source, own, sessions: sessionsBy(calendar) },
      notStored: ({ symbol, timeframe }, reason) =>
        this.#unstorable.set(barKey(symbol, timeframe.name), reason),
    })
  }

  /** @throws UnavailableError when the log cannot be read or written */
  async run({
    strategies,
    bars: source,
    remainingMs,
    isPartial = false,
  }: ProducerRun): Promise<ProducerSummary> {
    const { clock, telemetry, pause, calendar } = this.#deps
    const wanted = wantedSeries(strategies)
    const series = wanted.series.filter(({ symbol }) => !this.#reader.isRefused(symbol))
    if (!isPartial) await this.#settle()
    await this.#log.follow(series)
    const total = { appended: 0, corrections: 0, late: 0, complete: true }
    const notices = { wanted, troubles: [] as ReadBars['troubles'], failed: [] as Appended['failed'] }
    let missing: readonly DueSeries[] = []
    for (let look = 1; look <= MOST_LOOKS; look += 1) {
      const due = this.#due(series)
      if (due.length === 0) break
      // what closes while an answer is on its way may be told as it was before
      const askedAt = clock.now()
      const read = await this.#reader.read(source, barRequests(due.map(asked), askedAt))
      const { bars, corrections, late } = newBars(due, read, this.#log, calendar, askedAt)
      const appended = await this.#append(bars, source, remainingMs)
      total.appended += appended.count
      total.corrections += corrections
      total.late += late
      total.complete &&= appended.complete
      notices.troubles = read.troubles
      notices.failed = appended.failed
      missing = due.filter(({ wanted: one, moment }) => (this.#log.progress(one)?.lastEnd ?? 0) < moment)
      const isLast = look === MOST_LOOKS || missing.length === 0 || !appended.complete
      this.#noteAsked(due, read, isLast && !isPartial)
      if (isLast || isPartial || remainingMs() < RESERVED_MS + AGAIN_MS) break
      await pause(look === 1 ? SOON_MS : AGAIN_MS)
    }
    await this.#log.save()
    const open = missing.filter((one) => this.#isOpen(one)).length
    this.#count({ ...total, missing: open }, source.requests)
    this.#notices.say(
      noticesOf({ ...notices, series, log: this.#log, unstorable: this.#unstorable, ...this.#deps }),
    )
    telemetry.record('info', 'bars read', { at: formatInstant(clock.now()), ...total, missing: open })
    return { ...total, missing: open, requests: source.requests, position: this.#log.end }
  }

  /** The schedule's beat is not exact to the second: a run that comes with the minute waits for its bars. */
  async #settle(): Promise<void> {
    const { clock, pause } = this.#deps
    const now = clock.now()
    const early = floorToMinute(now) + SETTLE_MS - now
    if (early > 0) await pause(early)
  }

  #due(series: readonly WantedSeries[]): readonly DueSeries[] {
    const { calendar, clock, warmUpBars } = this.#deps
    const now = clock.now()
    return series.flatMap((wanted) => {
      const askedAt = this.#askedAt.get(barKey(wanted.symbol, wanted.timeframe.name))
      // a process that has not asked yet asks at any hour
      const moment = dueMoment(wanted, calendar, now) ?? (askedAt === undefined ? now : null)
      if (moment === null || (moment === askedAt && !isWorthAgain(wanted, moment, now))) return []
      return [
        { wanted, moment, asking: askFrom(wanted, this.#log.progress(wanted), warmUpBars, calendar, now) },
      ]
    })
  }

  async #append(bars: readonly NewBar[], source: BarSource, remainingMs: () => number): Promise<Appended> {
    const { calendar, telemetry, appended } = this.#deps
    const dayOf = this.#dayOf
    const exDates = await this.#exDates(bars, source)
    const hasTime = () => remainingMs() > RESERVED_MS
    const done = await appendBars(bars, this.#log, { calendar, dayOf, exDates, hasTime })
    for (const { wanted, why } of done.broken) {
      const { symbol, timeframe } = wanted
      telemetry.record('warn', 'history broken: the indicators begin anew', {
        symbol,
        timeframe: timeframe.name,
        why,
      })
    }
    telemetry.count(METRICS.marketDataBroken, done.broken.length)
    if (done.count > 0) await appended?.(this.#log.end)
    return done
  }

  /** Of shares that have a bar of a later day than the one before it. */
  async #exDates(
    bars: readonly NewBar[],
    source: BarSource,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const firstEnds = new Map<string, EpochMs>()
    const crossing = new Set<string>()
    for (const { wanted, endedAt } of bars) {
      const first = firstEnds.get(wanted.symbol) ?? this.#log.progress(wanted)?.lastEnd ?? endedAt
      firstEnds.set(wanted.symbol, asEpochMs(Math.min(first, endedAt)))
      if (crossesDay(wanted.symbol, endedAt, first, this.#dayOf)) crossing.add(wanted.symbol)
    }
    if (crossing.size === 0) return new Map()
    const now = this.#deps.clock.now()
    const earliest = Math.min(...[...crossing].map((symbol) => firstEnds.get(symbol) ?? now))
    const [from, to] = [asEpochMs(earliest), now].map((at) => formatInstant(at).slice(0, 10))
    const found = await this.#reader.exDates(source, [...crossing], from ?? '', to ?? '')
    if (found === null) this.#deps.telemetry.count(METRICS.marketDataTroubles, 1)
    return found ?? new Map()
  }

  #noteAsked(due: readonly DueSeries[], read: ReadBars, isLast: boolean): void {
    const { calendar, clock } = this.#deps
    const now = clock.now()
    for (const { wanted, moment } of due) {
      const key = barKey(wanted.symbol, wanted.timeframe.name)
      const isThere = (this.#log.progress(wanted)?.lastEnd ?? 0) >= moment
      const isNone = isLast && read.answered.has(key) && !mayComeYet(wanted, moment, calendar, now)
      if (isThere || isNone) this.#askedAt.set(key, moment)
    }
  }

  #isOpen({ wanted, moment }: DueSeries): boolean {
    return this.#deps.calendar.sessionAt(wanted.symbol, asEpochMs(moment - 1)) !== null
  }

  #count(
    total: Pick<ProducerSummary, 'appended' | 'corrections' | 'late' | 'missing'>,
    requests: number,
  ): void {
    const { telemetry } = this.#deps
    telemetry.count(METRICS.marketDataBars, total.appended)
    telemetry.count(METRICS.marketDataCorrections, total.corrections)
    telemetry.count(METRICS.marketDataLate, total.late)
    telemetry.count(METRICS.marketDataMissing, total.missing)
    telemetry.count(METRICS.marketDataRequests, requests)
  }
}

function asked({ wanted, asking }: DueSeries) {
  return { wanted, from: asking.from }
}
