/** What a run is made of, drawn from its seed: how the world is, what the market says, what an operator does. */
import type { RegistryPlace } from '../../../lib/operations/account-registration.ts'
import type { FaultRates } from './faults.ts'
import type { Wish } from './market-reader.ts'
import { type Stream, streamOf } from './random.ts'
import type { Special } from './special-kinds.ts'
import { MARKET_SOURCE, SIGNAL_SOURCE } from './stage-names.ts'

export interface ScenarioSignal {
  readonly tick: number
  /** After the tick's minute began. */
  readonly afterMs: number
  readonly symbol: string
  readonly wish: Wish
  readonly price: string
  /** Of the order that is wished for; any price if absent. */
  readonly limit?: string
  /** Ends up in the decision; short if absent. */
  readonly reason?: string
}

/** What an operator does. */
export interface OperatorAction {
  readonly tick: number
  readonly afterMs: number
  readonly kind: 'kill_on' | 'kill_off'
  /** Null: for all accounts. */
  readonly account: string | null
}

/**
 * How trade updates reach the order feed: by its queue, by a topic of Kafka's, by two forwarders of each account that
 * listen to the exchange's stream, or not at all: then only look-ups tell what became of an order.
 */
export type FeedWay = 'queue' | 'topic' | 'forwarders' | 'silent'

export interface Scenario {
  readonly accounts: readonly string[]
  /** Ticks with faults, and those without that follow. */
  readonly ticks: number
  readonly calmTicks: number
  /** Of these, at least. */
  readonly leastCalmTicks: number
  /** Orders rest on the claims alone: look-ups are fresh, nothing lands late; else the broker refuses duplicates. */
  readonly claimsAlone: boolean
  /** How far look-ups at the broker may lag behind. */
  readonly lookupLagMs: number
  readonly monotonicStops: boolean
  /** The tick at which the exchange's session ends; null: there are no sessions. */
  readonly closesAtTick: number | null
  /** Before this tick the retention passes without a tick, and an old signal comes again; null: never. */
  readonly retentionAtTick: number | null
  /** Once the faults have stopped, the tables are put back to what they were before this tick; null: they are not. */
  readonly restoreToTick: number | null
  /** A further account, not enabled or enabled, with items in its open work and its lane that cannot be read; null: none. */
  readonly unreadableAccount: 'disabled' | 'enabled' | null
  readonly feed: FeedWay
  /** Whether the strategy asks for what came before a signal. */
  readonly looksBack: boolean
  /** Somebody also trades in the accounts by hand. */
  readonly byHand: boolean
  /** Whether a service outside of the stage says who is admitted, not a parameter. */
  readonly featureService: boolean
  /** Where the accounts are registered at first. */
  readonly registry: RegistryPlace
  readonly skewMs: number
  readonly rates: FaultRates
  readonly settings: Readonly<Record<string, string>>
  readonly signals: readonly ScenarioSignal[]
  readonly actions: readonly OperatorAction[]
  /** What few worlds have beside that; null: nothing. */
  readonly special: Special | null
}

/** The source that the lanes read. */
export function sourceOf({ special }: Pick<Scenario, 'special'>): string {
  return special?.kind === 'market_data' ? MARKET_SOURCE : SIGNAL_SOURCE
}

/** Whether lanes are ticked after signals. */
export function ticksOnSignals({ settings }: Pick<Scenario, 'settings'>): boolean {
  return settings['TRADING_TICK_ON_SIGNAL'] === 'true'
}

/** How many stages are without an order feed, or with one that is out all the time. */
const SILENT = 0.08
/** In how many of the others they come by a topic, and by forwarders. */
const BY_TOPIC = 0.1
const BY_FORWARDERS = 0.05
/** In how many the strategy looks back. */
const LOOKS_BACK = 0.06
/** In how many stages somebody trades by hand beside us. */
const BY_HAND = 0.25
/** How many stages ask a feature flag service, and how many keep their accounts in the state table. */
const SERVICE = 0.25
const ROSTER = 0.3
/** Of the at least eight ticks of a run. */
const FAULTY_TICKS = 6
/** At the most; two of them there are always. */
const CALM_TICKS = 4

const SYMBOLS = ['AAPL', 'MSFT', 'SPY'] as const
/** Most signals are orders. */
const BUYS: readonly Wish[] = Array.from({ length: 12 }, () => 'buy')
const PRICES: Readonly<Record<string, string>> = { AAPL: '100', MSFT: '50', SPY: '200', 'BTC/USD': '20000' }

/** Without what is special about some seeds. */
export function drawScenario(seed: number): Scenario {
  const draw = streamOf(seed, 'scenario')
  const shapes = streamOf(seed, 'shapes')
  const admission = streamOf(seed, 'admission')
  const [shorts, mayTradeCoins] = [shapes.chance(0.5), shapes.chance(0.3)]
  const ticks = FAULTY_TICKS
  const accounts = ['alpha', 'beta']
  const claimsAlone = draw.chance(0.5)
  const closesAtTick = draw.chance(0.06) ? draw.between(3, ticks) : null
  const isPlain = closesAtTick === null
  const retentionAtTick = isPlain && draw.chance(0.08) ? draw.between(3, ticks - 1) : null
  const isKept = isPlain && retentionAtTick === null
  const restoreToTick = isKept && draw.chance(0.08) ? draw.between(3, ticks - 1) : null
  // coins trade at all hours
  const coins = mayTradeCoins && closesAtTick === null
  return {
    accounts,
    ticks,
    calmTicks: CALM_TICKS,
    leastCalmTicks: 2,
    claimsAlone,
    lookupLagMs: claimsAlone ? 0 : draw.pick([40_000, 100_000]),
    monotonicStops: draw.chance(0.5),
    closesAtTick,
    retentionAtTick,
    restoreToTick,
    unreadableAccount: draw.chance(0.06) ? draw.pick(['disabled', 'enabled']) : null,
    feed: drawFeed(seed),
    // what a restore has taken away has no past
    looksBack: restoreToTick === null && streamOf(seed, 'looks back').chance(LOOKS_BACK),
    byHand: streamOf(seed, 'by hand').chance(BY_HAND),
    featureService: admission.chance(SERVICE),
    registry: admission.chance(ROSTER) ? 'roster' : 'parameter',
    skewMs: draw.pick([0, 500, 2000]),
    rates: {
      request: draw.pick([0.002, 0.005, 0.01, 0.02, 0.04]),
      scene: draw.pick([0, 0.05, 0.1, 0.3]),
    },
    settings: {
      TRADING_CALENDAR: closesAtTick === null ? 'always' : 'us_equities',
      TRADING_SIGNAL_BATCH_SIZE: draw.pick(['1', '1', '1', '3', '500']),
      TRADING_COOLDOWN_SECONDS: draw.pick(['0', '0', '0', '90']),
      TRADING_KILL_SWITCH_CANCEL: draw.pick(['own', 'all']),
      TRADING_STRATEGY_RUNTIME_CIRCUIT_ERRORS: draw.pick(['2', '3']),
      TRADING_ALLOW_SHORTS: String(shorts),
      TRADING_CRYPTO_ENABLED: String(coins),
    },
    signals: drawLimits(streamOf(seed, 'limits'), drawSignals(draw, ticks, coins)),
    actions: drawActions(draw, ticks, accounts),
    special: null,
  }
}

function drawFeed(seed: number): FeedWay {
  if (streamOf(seed, 'feed').chance(SILENT)) return 'silent'
  const drawn = streamOf(seed, 'way of the feed').next()
  if (drawn < BY_FORWARDERS) return 'forwarders'
  return drawn < BY_FORWARDERS + BY_TOPIC ? 'topic' : 'queue'
}

/** @param coins whether a pair of coins stands in for one of the shares */
function drawSignals(draw: Stream, ticks: number, coins: boolean): readonly ScenarioSignal[] {
  const signals: ScenarioSignal[] = []
  // the last of them in the first calm tick
  for (let tick = 0; tick <= ticks; tick += 1) {
    const count = draw.pick([0, 1, 1, 1, 1, 1, 2, 2, 2, 3])
    for (let made = 0; made < count; made += 1) {
      const share = draw.pick(SYMBOLS)
      const symbol = coins && share === 'SPY' ? 'BTC/USD' : share
      const wish = draw.pick<Wish>([...BUYS, 'sell', 'nothing', 'error'])
      signals.push({ tick, afterMs: draw.below(55_000), symbol, wish, price: PRICES[symbol] ?? '100' })
    }
  }
  return signals
}

/** In some runs orders have limits: met, just met, or beyond the market, and not all of them in the broker's increments. */
function drawLimits(draw: Stream, signals: readonly ScenarioSignal[]): readonly ScenarioSignal[] {
  if (!draw.chance(0.3)) return signals
  return signals.map((signal) => {
    if (signal.wish !== 'buy' && signal.wish !== 'sell') return signal
    const share = draw.pick([null, 0.985, 0.99999, 1, 1.00001, 1.015])
    return share === null ? signal : { ...signal, limit: (Number(signal.price) * share).toFixed(4) }
  })
}

function drawActions(draw: Stream, ticks: number, accounts: readonly string[]): readonly OperatorAction[] {
  if (!draw.chance(0.35)) return []
  const on = draw.below(ticks - 1)
  const account = draw.chance(0.3) ? draw.pick(accounts) : null
  return [
    { tick: on, afterMs: draw.below(60_000), kind: 'kill_on', account },
    { tick: on + draw.between(1, 2), afterMs: draw.below(60_000), kind: 'kill_off', account },
  ]
}
