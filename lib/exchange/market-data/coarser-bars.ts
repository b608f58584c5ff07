/**
 * Bars of a coarser timeframe within a day, made of a finer one's, as Alpaca makes them: on the clock's multiples, the one under way
 * of what has come so far (https://forum.alpaca.markets/t/14632: "4H bars ... always starting at 4 * n hour"). Pure.
 */
import { asDecimal, max, min, ZERO } from '../../domain/decimal.ts'
import { asEpochMs } from '../../domain/time.ts'
import type { Bar } from '../../market/bars.ts'

const UNITS: Readonly<Record<string, { readonly ms: number; readonly most: number }>> = {
  min: { ms: 60_000, most: 59 },
  hour: { ms: 3_600_000, most: 23 },
}
const DAYS: Readonly<Record<string, string>> = { day: '1Day', week: '1Week', month: '1Month' }
const WRITTEN = /^(\d{1,2})(T|Min|H|Hour|D|Day|W|Week|M|Month)$/
const FULL: Readonly<Record<string, string>> = { t: 'min', h: 'hour', d: 'day', w: 'week', m: 'month' }

/** What a request's timeframe asks for: a length within a day, or days by the name that a series has. */
export type AskedTimeframe =
  | { readonly kind: 'within_day'; readonly durationMs: number }
  | { readonly kind: 'days'; readonly name: string }

/** Null for one that Alpaca does not have (https://docs.alpaca.markets/reference/stockbars: 1-59Min, 1-23Hour, 1Day, 1Week, 1Month). */
export function parseTimeframe(text: string): AskedTimeframe | null {
  const [, count = '', written = ''] = WRITTEN.exec(text) ?? []
  const lower = written.toLowerCase()
  const unit = FULL[lower] ?? lower
  const days = DAYS[unit]
  if (days !== undefined) return Number(count) === 1 ? { kind: 'days', name: days } : null
  const within = UNITS[unit]
  if (within === undefined || Number(count) < 1 || Number(count) > within.most) return null
  return { kind: 'within_day', durationMs: Number(count) * within.ms }
}

/** Bars that begin on multiples of the length; ascending as the given ones are. */
export function coarserBars(bars: readonly Bar[], durationMs: number): Bar[] {
  const made: Bar[] = []
  for (const bar of bars) {
    const startsAt = asEpochMs(Math.floor(bar.startsAt / durationMs) * durationMs)
    const before = made.at(-1)
    if (before?.startsAt === startsAt) made[made.length - 1] = joined(before, bar)
    else made.push({ ...bar, startsAt })
  }
  return made
}

function joined(before: Bar, bar: Bar): Bar {
  return {
    ...before,
    high: max(before.high ?? before.close, bar.high ?? bar.close),
    low: min(before.low ?? before.close, bar.low ?? bar.close),
    close: bar.close,
    volume: asDecimal((before.volume ?? ZERO) + (bar.volume ?? ZERO)),
  }
}
