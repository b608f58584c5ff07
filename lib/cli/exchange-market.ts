/** The market of bars that `torghut exchange` shows, as its options say. */
import { systemClock } from '../adapters/system/system-clock.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { MarketOptions } from '../exchange/http/data-front.ts'
import { MarketFollower } from '../exchange/market-data/market-follower.ts'
import { MarketTape } from '../exchange/market-data/market-tape.ts'
import { shiftedBars } from '../exchange/market-data/shifted-bars.ts'
import type { PaperExchange } from '../exchange/paper-exchange.ts'
import { createCalendar } from '../market/calendar/create-calendar.ts'
import type { BarsOptions } from './bars-options.ts'
import { readChosenBars } from './read-chosen-bars.ts'

export interface ExchangeMarketOptions extends BarsOptions {
  readonly marketClock?: 'real' | 'shifted'
  readonly marketFrom?: EpochMs
  readonly marketDelay?: number
  readonly marketPlan?: PlanName
}

type PlanName = 'free' | 'plus'

const BY_BARS = ['marketClock', 'marketFrom', 'marketDelay', 'marketPlan'] as const

/** What Alpaca sells (https://docs.alpaca.markets/docs/about-market-data-api, "Subscription Plans"). */
const PLANS: Readonly<Record<PlanName, Pick<MarketOptions, 'feeds' | 'requestsPerMinute'>>> = {
  free: { feeds: ['iex'], requestsPerMinute: 200 },
  plus: { feeds: ['iex', 'sip'], requestsPerMinute: 10_000 },
}

/** Null without bars. @throws ConfigurationError for bars that cannot be read, and options that say nothing without them */
export async function chosenMarket(
  options: ExchangeMarketOptions,
  exchange: PaperExchange,
  folder: string,
): Promise<(MarketOptions & { readonly tape: MarketTape }) | null> {
  const { bars: paths, marketClock = 'real', marketFrom = null, marketDelay = 0 } = options
  if (paths === undefined) return refuseWithoutBars(options)
  const { bars } = await readChosenBars(paths, folder, options)
  const shown = marketClock === 'shifted' ? shiftedBars(bars, marketFrom, systemClock.now()) : bars
  const calendar = createCalendar(exchange.alwaysOpen ? 'always' : 'us_equities')
  const tape = new MarketTape({ bars: shown, clock: systemClock, calendar, delayMs: marketDelay })
  return {
    tape,
    follower: new MarketFollower({ exchange, tape, fills: 'at_once' }),
    ...PLANS[options.marketPlan ?? 'free'],
  }
}

function refuseWithoutBars(options: ExchangeMarketOptions): null {
  const given = BY_BARS.filter((name) => options[name] !== undefined)
  if (given.length === 0) return null
  throw new ConfigurationError(
    'The exchange',
    given.map((name) => ({
      path: optionName(name),
      found: 'no --bars',
      allowed: 'only together with --bars',
    })),
  )
}

/** `marketClock` is `--market-clock`. */
function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
