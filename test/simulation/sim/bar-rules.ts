/**
 * What the log of the stage's own source may hold (docs/market-data.md): of each bar that is to be had one signal, in the order of
 * time within its series, made of the bar as it was told once it had closed, and of the bars that stand before it in the log by
 * one plain fold from the first one on; and of folds, what the log says.
 */
import { type Decimal, decimal } from '../../../lib/domain/decimal.ts'
import type { Signal } from '../../../lib/domain/signal.ts'
import { asEpochMs } from '../../../lib/domain/time.ts'
import { createCalendar } from '../../../lib/market/calendar/create-calendar.ts'
import { SeriesFold, sessionsBy } from '../../../lib/market/series-fold.ts'
import { ONE_MINUTE } from '../../../lib/market/timeframe.ts'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import { type BarTape, type BarValues, type TapeBar, wholeAt } from './bar-tape.ts'
import type { Finding } from './execution-rules.ts'
import { OWN_INDICATORS } from './market-data-functions.ts'
import type { RulesOfBars } from './rules-of-bars.ts'
import { MARKET_SOURCE } from './stage-names.ts'
import { number, text } from './stored.ts'

interface KnownSeries {
  readonly stored: { readonly bar: TapeBar; readonly position: number }[]
  /** From the first bar on, or from the last split. */
  fold: SeriesFold
}

type Payload = Signal['payload']

/** A bar is stored within the minute after it is to be had, if nothing fails. */
const WITHIN_MS = 55_000
const sessions = sessionsBy(createCalendar('always'))

export class BarRules implements RulesOfBars {
  readonly source = MARKET_SOURCE
  readonly #tape: BarTape
  readonly #series = new Map<string, KnownSeries>()

  constructor(tape: BarTape) {
    this.#tape = tape
  }

  wroteRow(row: Attributes, now: number): readonly Finding[] {
    const symbol = text(row, 'symbol')
    const endsAt = Date.parse(text(row, 'event_ts'))
    const what = `${symbol} ${text(row, 'event_ts')}`
    const bar = text(row, 'timeframe') === ONE_MINUTE.name ? this.#tape.find(symbol, endsAt) : null
    if (bar === null) return [['signal-log', `${what}: there is no such bar`]]
    const payload = JSON.parse(text(row, 'payload')) as Payload
    const series = this.#known(symbol)
    const last = series.stored.at(-1)?.bar
    const found: Finding[] = []
    if (last !== undefined && last.endsAt >= endsAt)
      found.push(['signal-log', `${what}: after the bar of ${new Date(last.endsAt).toISOString()}`])
    const told = bar.tellings.find(
      ({ kind, at, values }) => kind === 'whole' && at <= now && isOf(values, payload),
    )
    if (told === undefined)
      found.push(['equal-plans', `${what}: was never told as ${JSON.stringify(payload)}`])
    const isSplit = last !== undefined && bar.isAfterSplit && !last.isAfterSplit
    if (isSplit) series.fold = newFold(symbol)
    series.stored.push({ bar, position: number(row, 'position') })
    const folded = series.fold.next(barOf(bar, payload), asEpochMs(endsAt)).payload
    const expected = canonical(isSplit ? { ...folded, history_broken: 'split' } : folded)
    if (canonical(payload) !== expected)
      found.push(['equal-plans', `${what}: ${canonical(payload)} is not what a plain fold says: ${expected}`])
    return found
  }

  wroteFold(before: Attributes | null, after: Attributes): readonly Finding[] {
    const symbol = text(after, 'symbol')
    const position = number(after, 'position')
    const series = this.#known(symbol)
    const found: Finding[] = []
    if (before !== null && number(before, 'position') >= position)
      found.push([
        'equal-plans',
        `the fold of ${symbol} goes from ${number(before, 'position')} to ${position}`,
      ])
    const upTo = series.stored.find((one) => one.position === position)?.bar
    if (upTo === undefined || upTo.endsAt !== Date.parse(text(after, 'last_end')))
      found.push(['equal-plans', `the fold of ${symbol} is of no bar at ${position}`])
    return found
  }

  /** Whatever was to be had for long enough is stored, unless a later bar was to be had before it. */
  judgeLog(now: number): readonly Finding[] {
    return [...this.#tape.bars].flatMap(([symbol, bars]): readonly Finding[] => {
      const { stored } = this.#known(symbol)
      const isOwed = (bar: TapeBar): boolean => wholeAt(bar) < now - WITHIN_MS
      const first = stored[0]?.bar
      if (first === undefined)
        return bars.some(isOwed) ? [['signal-log', `no bar of ${symbol} is stored`]] : []
      const ends = new Set(stored.map(({ bar }) => bar.endsAt))
      const mayMiss = (bar: TapeBar): boolean =>
        bar.endsAt < first.endsAt ||
        stored.some(({ bar: later }) => later.endsAt > bar.endsAt && wholeAt(later) < wholeAt(bar))
      const missing = bars.filter((bar) => isOwed(bar) && !ends.has(bar.endsAt) && !mayMiss(bar))
      return missing.map(({ endsAt }) => [
        'signal-log',
        `the bar of ${symbol} of ${new Date(endsAt).toISOString()} is not stored`,
      ])
    })
  }

  #known(symbol: string): KnownSeries {
    const known = this.#series.get(symbol) ?? { stored: [], fold: newFold(symbol) }
    this.#series.set(symbol, known)
    return known
  }
}

function newFold(symbol: string): SeriesFold {
  return new SeriesFold({
    source: MARKET_SOURCE,
    symbol,
    timeframe: ONE_MINUTE,
    sessions,
    own: OWN_INDICATORS,
  })
}

function isOf(values: BarValues, payload: Payload): boolean {
  const { open, high, low, price, volume } = payload
  const stored = [open, high, low, price, volume].map(Number)
  return [values.o, values.h, values.l, values.c, values.v].every((value, index) => value === stored[index])
}

/** As the row says it. */
function barOf({ symbol, startsAt }: TapeBar, payload: Payload) {
  const amount = (name: string): Decimal => decimal(payload[name] as string)
  const [open, high, low, close, volume] = [
    amount('open'),
    amount('high'),
    amount('low'),
    amount('price'),
    amount('volume'),
  ]
  return { startsAt: asEpochMs(startsAt), symbol, open, high, low, close, volume }
}

function canonical(payload: Payload): string {
  return JSON.stringify(Object.entries(payload).sort(([left], [right]) => (left < right ? -1 : 1)))
}
