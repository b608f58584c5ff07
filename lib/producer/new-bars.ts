/** Which bars of an answer are closed and new, series by series; what is told otherwise of stored ones is noted. */
import type { EpochMs } from '../domain/time.ts'
import type { Asking } from '../series/ask-from.ts'
import { closedAt } from '../series/closed-bars.ts'
import { judgeBars } from '../series/judge-bars.ts'
import type { WantedSeries } from '../series/wanted-series.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import type { NewBar } from './append-bars.ts'
import { barKey, type ReadBars } from './bar-reader.ts'
import type { SeriesLog } from './series-log.ts'

/** A series that is asked for, and the moment that makes it worth asking. */
export interface DueSeries {
  readonly wanted: WantedSeries
  readonly moment: EpochMs
  readonly asking: Asking
}

export interface NewBars {
  readonly bars: readonly NewBar[]
  readonly corrections: number
  readonly late: number
}

/** @param askedAt right before the source was asked: what had closed by then is whole */
export function newBars(
  due: readonly DueSeries[],
  read: ReadBars,
  log: Pick<SeriesLog, 'progress' | 'noteTold'>,
  calendar: ExchangeCalendar,
  askedAt: EpochMs,
): NewBars {
  const bars: NewBar[] = []
  let corrections = 0
  let late = 0
  for (const { wanted, asking } of due) {
    const { symbol, timeframe } = wanted
    const told = read.bars.get(barKey(symbol, timeframe.name)) ?? []
    const closed = told.flatMap((bar) => {
      const endedAt = closedAt(bar, timeframe, calendar, askedAt)
      return endedAt === null ? [] : [{ bar, endedAt }]
    })
    const judged = judgeBars(closed, log.progress(wanted), timeframe)
    log.noteTold(wanted, judged.told)
    corrections += judged.corrections
    late += judged.late
    const fresh = asking.most === null ? judged.fresh : judged.fresh.slice(-asking.most)
    for (const one of fresh) bars.push({ wanted, ...one })
  }
  return { bars, corrections, late }
}
