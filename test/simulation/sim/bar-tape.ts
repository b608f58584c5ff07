/**
 * The market's minute bars, as its data service tells them: some late, some never, some told wrongly at first or told otherwise
 * later, and of some a part before they have closed. Of shares the price changes its scale in one of the worlds' minutes.
 */
import type { FaultSource } from './faults.ts'
import { type Stream, streamOf } from './random.ts'
import type { MarketDataSpecial } from './special-kinds.ts'

/** What is told of a bar from a moment on. */
export interface Telling {
  readonly at: number
  /** A part of the minute is told before its end; of what is wrong something is no number. */
  readonly kind: 'whole' | 'part' | 'wrong'
  readonly values: BarValues
}

export interface BarValues {
  readonly o: number
  readonly h: number
  readonly l: number
  readonly c: number
  readonly v: number
}

export interface TapeBar {
  readonly symbol: string
  readonly startsAt: number
  readonly endsAt: number
  /** In the order of their times. */
  readonly tellings: readonly Telling[]
  /** Of a share: whether its price is on the new scale. */
  readonly isAfterSplit: boolean
}

export interface TapeOptions {
  readonly seed: number
  readonly faults: FaultSource
  readonly special: MarketDataSpecial
  /** When the first tick is due. */
  readonly start: number
  /** Minutes with faults. */
  readonly faultyMinutes: number
  /** Whether clocks may be off: a part of a bar that has not closed by one of them may be a closed bar by another one. */
  readonly clocksAreOff: boolean
}

const MINUTE = 60_000
const BAR_FAULTS = ['bar_late', 'bar_missing', 'bar_corrected', 'bar_wrong'] as const
/** Drawn more often, as only some of the worlds have it. */
const UNDER_WAY = ['bar_under_way', 'bar_under_way'] as const
type BarFault = (typeof BAR_FAULTS)[number] | (typeof UNDER_WAY)[number]
/** Only few worlds have bars. */
const WEIGHT = 5
/** So long after the first tick it is midnight in New York, in worlds with splits. */
export const SPLIT_MINUTE = 3
export const SPLIT_DAY = '2026-02-10'
const SPLIT_INTO = 4
const PRICES: Readonly<Record<string, number>> = { AAPL: 100, MSFT: 50, 'BTC/USD': 20_000 }

export class BarTape {
  /** By symbol, in the order of time. */
  readonly bars: ReadonlyMap<string, readonly TapeBar[]>
  readonly hasSplits: boolean

  constructor(options: TapeOptions) {
    const { symbols, splits } = options.special
    this.hasSplits = splits
    this.bars = new Map(symbols.map((symbol) => [symbol, barsOf(symbol, options)]))
  }

  *all(): Iterable<TapeBar> {
    for (const bars of this.bars.values()) yield* bars
  }

  find(symbol: string, endsAt: number): TapeBar | null {
    return this.bars.get(symbol)?.find((bar) => bar.endsAt === endsAt) ?? null
  }
}

/** What is told of a bar at a time; null: nothing yet. */
export function toldAt({ tellings }: TapeBar, now: number): Telling | null {
  return tellings.findLast(({ at }) => at <= now) ?? null
}

/** Since when the bar is to be had. */
export function wholeAt({ tellings }: TapeBar): number {
  return tellings.find(({ kind }) => kind === 'whole')?.at ?? Infinity
}

function barsOf(symbol: string, options: TapeOptions): readonly TapeBar[] {
  const { seed, faults, special, start, faultyMinutes, clocksAreOff } = options
  const kinds: readonly BarFault[] = clocksAreOff ? BAR_FAULTS : [...BAR_FAULTS, ...UNDER_WAY]
  const draw = streamOf(seed, `bars ${symbol}`)
  const bars: TapeBar[] = []
  const isShare = !symbol.includes('/')
  let price = PRICES[symbol] ?? 10
  for (let minute = -special.warmUp; minute < special.minutes; minute += 1) {
    const isAfterSplit = special.splits && isShare && minute >= SPLIT_MINUTE
    const before = isAfterSplit && minute === SPLIT_MINUTE ? price / SPLIT_INTO : price
    price = cents(before * (1 + (draw.next() - 0.5) / 50))
    const startsAt = start + minute * MINUTE
    const values = valuesAt(price, draw)
    const place = `bar ${symbol} ${minute}`
    const fault = minute >= 0 && minute < faultyMinutes ? faults.at(place, kinds, WEIGHT) : null
    if (fault === 'bar_missing') continue
    const tellings = tellingsOf(startsAt, values, fault, streamOf(seed, place))
    bars.push({ symbol, startsAt, endsAt: startsAt + MINUTE, tellings, isAfterSplit })
  }
  return bars
}

function tellingsOf(
  startsAt: number,
  values: BarValues,
  fault: Exclude<BarFault, 'bar_missing'> | null,
  draw: Stream,
): readonly Telling[] {
  const soon = startsAt + MINUTE + draw.between(20, 100)
  const whole = (at: number, told = values): Telling => ({ at, kind: 'whole', values: told })
  const otherwise = { ...values, c: values.l, v: values.v + 7 }
  switch (fault) {
    case null:
      return [whole(soon)]
    case 'bar_late':
      return [whole(soon + draw.below(draw.pick([3000, 20_000, 150_000])))]
    case 'bar_corrected':
      return [whole(soon), whole(soon + draw.between(200, 150_000), otherwise)]
    case 'bar_wrong':
      return [{ at: soon, kind: 'wrong', values }, whole(soon + draw.between(500, 120_000))]
    case 'bar_under_way':
      return [{ at: startsAt + draw.below(MINUTE), kind: 'part', values: otherwise }, whole(soon)]
    default:
      return fault satisfies never
  }
}

function valuesAt(close: number, draw: Stream): BarValues {
  const open = cents(close * (1 + (draw.next() - 0.5) / 200))
  const h = cents(Math.max(open, close) * (1 + draw.next() / 500))
  const l = cents(Math.min(open, close) * (1 - draw.next() / 500))
  return { o: open, h, l, c: close, v: draw.between(1, 5000) }
}

function cents(price: number): number {
  return Math.round(price * 100) / 100
}
