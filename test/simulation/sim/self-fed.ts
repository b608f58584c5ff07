/** A scenario whose stage feeds itself: signals are made of bars, and of nothing else. */
import { FAULT_KINDS, type FaultKind } from './faults.ts'
import type { Stream } from './random.ts'
import type { Scenario } from './scenario.ts'
import { MARKET_SOURCE } from './stage-names.ts'

/** Of signals that are made of no bars. */
const OF_OTHERS: ReadonlySet<FaultKind> = new Set(['record_too_large', 'signal_too_large', 'impossible_date'])
export const WITHOUT_OTHERS: ReadonlySet<FaultKind> = new Set(
  FAULT_KINDS.filter((kind) => !OF_OTHERS.has(kind)),
)

/** Only few worlds have bars. */
const LEAST_SCENE = 0.05

export function selfFed(draw: Stream, scenario: Scenario): Scenario {
  const symbols = draw.pick([['AAPL'], ['AAPL', 'MSFT'], ['AAPL', 'BTC/USD']])
  const warmUp = draw.pick([0, 1, 3, 5])
  const fedBy = draw.pick(['beats', 'streams', 'both', 'both'])
  const ticksOnSignals = draw.chance(0.5)
  return {
    ...scenario,
    accounts: ['alpha'],
    skewMs: draw.pick([0, 0, 0, 500, 2000]),
    unreadableAccount: null,
    byHand: false,
    looksBack: false,
    signals: [],
    leastCalmTicks: scenario.calmTicks,
    rates: {
      request: scenario.rates.request,
      scene: Math.max(LEAST_SCENE, scenario.rates.scene),
      kinds: WITHOUT_OTHERS,
    },
    settings: {
      ...scenario.settings,
      ...selfFedSettings(warmUp),
      TRADING_TICK_ON_SIGNAL: String(ticksOnSignals),
    },
    special: {
      kind: 'market_data',
      symbols,
      unknownSymbol: draw.chance(0.6),
      warmUp,
      // the last one has closed in the first calm ticks
      minutes: scenario.ticks + 1,
      splits: draw.chance(0.5),
      beats: fedBy !== 'streams',
      streams: fedBy !== 'beats',
    },
  }
}

export function selfFedSettings(warmUp: number): Readonly<Record<string, string>> {
  return {
    TRADING_SIGNAL_SOURCE: MARKET_SOURCE,
    TRADING_MARKET_DATA: 'alpaca',
    TRADING_MARKET_DATA_ACCOUNT: 'alpha',
    TRADING_MARKET_DATA_WARM_UP_BARS: String(warmUp),
    TRADING_SIGNAL_BATCH_SIZE: '500',
    TRADING_CALENDAR: 'always',
  }
}
