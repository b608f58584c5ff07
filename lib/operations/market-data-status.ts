/** How far the deployment's own producer of bars is, series by series, as the log of its source tells (docs/market-data.md). */
import { inParallel } from '../domain/in-parallel.ts'
import { marketDataSource } from '../domain/market-data-source.ts'
import type { Settings } from '../domain/settings.ts'
import type { EpochMs } from '../domain/time.ts'
import { createCalendar } from '../market/calendar/create-calendar.ts'
import { silenceOf } from '../series/silence.ts'
import { type WantedSeries, wantedSeries } from '../series/wanted-series.ts'
import type { Deployment } from './deployment.ts'

export interface SeriesStatus {
  readonly symbol: string
  readonly timeframe: string
  /** When the last stored bar ended; null: there is none. */
  readonly lastBar: EpochMs | null
  /** Seconds of the open session that bars are missing for; null: none is missing. */
  readonly lagSeconds: number | null
}

export interface MarketDataStatus {
  readonly source: string
  readonly series: readonly SeriesStatus[]
}

const AT_ONCE = 25

/** Null: the producer is off, or no strategies were applied yet. @throws UnavailableError */
export async function readMarketData(
  settings: Settings,
  { stores, clock }: Pick<Deployment, 'stores' | 'clock'>,
): Promise<MarketDataStatus | null> {
  if (settings.marketData === 'off') return null
  const hash = await stores.catalog.currentHash()
  const catalog = hash === null ? null : await stores.catalog.readRevision(hash)
  if (catalog === null) return null
  const source = marketDataSource(settings.marketDataFeed)
  const calendar = createCalendar(settings.calendar)
  const statusOf = async (wanted: WantedSeries): Promise<SeriesStatus> => {
    const { symbol, timeframe } = wanted
    const series = { source, symbol, timeframe: timeframe.name }
    const now = clock.now()
    const [last] = await stores.signals.readHistory(series, Number.MAX_SAFE_INTEGER, 1, now)
    const lastBar = last?.signal.eventTs ?? null
    const silence = silenceOf(wanted, lastBar, calendar, now)
    return {
      symbol,
      timeframe: timeframe.name,
      lastBar,
      lagSeconds: silence && Math.floor(silence.ms / 1000),
    }
  }
  const series = await inParallel(wantedSeries(catalog.strategies).series, AT_ONCE, statusOf)
  return { source, series }
}
