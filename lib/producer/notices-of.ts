/** What there is to say of a run, each with what it is about. */
import { METRICS } from '../domain/metric-names.ts'
import { ALARM_AFTER_MS, SAID_AFTER_MS, silenceOf } from '../series/silence.ts'
import type { Wanted, WantedSeries } from '../series/wanted-series.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import type { Clock } from '../ports/clock.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { Appended } from './append-bars.ts'
import type { ReadTrouble } from './bar-reader.ts'
import type { Notice } from './notices.ts'
import type { SeriesLog } from './series-log.ts'

export interface RunFindings {
  readonly wanted: Wanted
  readonly series: readonly WantedSeries[]
  readonly log: Pick<SeriesLog, 'progress'>
  readonly troubles: readonly ReadTrouble[]
  readonly failed: Appended['failed']
  /** By series: why its fold is not stored. */
  readonly unstorable: ReadonlyMap<string, string>
  readonly calendar: ExchangeCalendar
  readonly clock: Pick<Clock, 'now'>
  readonly telemetry: Pick<Telemetry, 'count'>
}

const TROUBLE_WORDS: Readonly<Record<ReadTrouble['kind'], string>> = {
  rate_limited: 'bars were not read: too many requests',
  refused: 'bars were refused',
  unavailable: 'bars could not be read',
  unreadable: 'a bar could not be understood',
  unknown_symbol: 'a symbol is not known',
}
const SILENCE_WORDS = {
  quiet: 'no bars for a quarter of an hour: halted, or not traded',
  vanished: 'no bars since before the last session',
  unknown: 'no bars, now or before',
} as const

/** Counts the troubles, and a silence of all symbols, as well. */
export function noticesOf(findings: RunFindings): readonly Notice[] {
  const { wanted, troubles, failed, unstorable, telemetry } = findings
  telemetry.count(METRICS.marketDataTroubles, troubles.length + failed.length)
  return [
    ...wanted.unasked.map(({ strategyId, reason }) =>
      notice('warn', 'bars that a strategy wants are not read', strategyId, reason),
    ),
    ...troubles.map(({ kind, symbol, reason }) => notice('error', TROUBLE_WORDS[kind], symbol ?? '', reason)),
    ...failed.map(({ wanted: { symbol }, reason }) =>
      notice('error', 'a signal could not be made or stored', symbol, reason),
    ),
    ...[...unstorable].map(([series, reason]) =>
      notice('warn', 'what indicators keep is not stored; each process begins them anew', series, reason),
    ),
    ...silences(findings),
  ]
}

function silences({ series, log, calendar, clock, telemetry }: RunFindings): readonly Notice[] {
  const now = clock.now()
  const open = series.filter(({ symbol }) => calendar.sessionAt(symbol, now) !== null)
  const silent = open.flatMap((one) => {
    const silence = silenceOf(one, log.progress(one)?.lastEnd ?? null, calendar, now)
    return silence === null ? [] : [{ one, silence }]
  })
  const isAlarm = ({ silence }: (typeof silent)[number]) => silence.ms >= ALARM_AFTER_MS
  const within = open.filter((one) => silenceOf(one, null, calendar, now) !== null)
  if (within.length > 0 && silent.filter(isAlarm).length === within.length)
    telemetry.count(METRICS.marketDataSilent, 1)
  return silent
    .filter(({ silence }) => silence.ms >= SAID_AFTER_MS)
    .map(({ one, silence }) => notice('warn', SILENCE_WORDS[silence.kind], one.symbol, one.timeframe.name))
}

function notice(level: Notice['level'], message: string, subject: string, reason: string): Notice {
  return { level, message, subject, reason }
}
