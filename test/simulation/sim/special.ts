/** Which worlds are special, and how: drawn by a stream of its own, so that all the others stay as they are. */
import { type Stream, streamOf } from './random.ts'
import { fedByWindows } from './bar-windows.ts'
import { expiring } from './expiring.ts'
import { drawScenario, type Scenario, type ScenarioSignal } from './scenario.ts'
import { selfFed } from './self-fed.ts'
import type { SpecialKind, Withdrawal } from './special-kinds.ts'

/** How many of 200 seeds have it. */
const OF_200: Readonly<Record<SpecialKind, number>> = {
  withdrawn: 14,
  night: 8,
  off_beat: 6,
  hanging: 4,
  crowd: 1,
  signal_ticks: 24,
  market_data: 24,
  unreadable_cap: 2,
  expiring: 5,
  bar_windows: 3,
}
/** The accounts that are there without a registry's say, and those that are not. */
const FURTHER = 'beta'
/** More than an invocation carries out of a sealed plan, and than one pass of `reconcile` looks at. */
const CROWD_SIGNALS = 75
const SIGNALS_A_TICK = 10
const SYMBOLS = ['AAPL', 'MSFT', 'SPY'] as const
const PRICES = { AAPL: '100', MSFT: '50', SPY: '200' }

/** What a seed is run as: its scenario, with something special where it does not close or forget. */
export function scenarioOf(seed: number): Scenario {
  const scenario = drawScenario(seed)
  const { closesAtTick, retentionAtTick, restoreToTick } = scenario
  if (restoreToTick !== null) {
    const isTroubled = streamOf(seed, 'special').chance(0.5)
    return isTroubled ? { ...scenario, special: { kind: 'troubled_restore' } } : scenario
  }
  if (closesAtTick !== null || retentionAtTick !== null) return scenario
  let drawn = streamOf(seed, 'special').below(200)
  for (const [kind, many] of Object.entries(OF_200)) {
    if (drawn < many) return specially(seed, scenario, kind as SpecialKind)
    drawn -= many
  }
  return scenario
}

/** The scenario with this. */
export function specially(seed: number, scenario: Scenario, kind: SpecialKind): Scenario {
  const draw = streamOf(seed, `special ${kind}`)
  const plain = { ...scenario, closesAtTick: null, retentionAtTick: null, restoreToTick: null }
  switch (kind) {
    case 'withdrawn': {
      const how = draw.pick<Withdrawal>(['disabled', 'rolled_back'])
      const account = how === 'disabled' ? draw.pick(scenario.accounts) : FURTHER
      return { ...plain, special: { kind, account, how, tick: draw.between(2, scenario.ticks) } }
    }
    case 'night':
      return { ...plain, special: { kind, tick: draw.between(3, scenario.ticks) } }
    case 'unreadable_cap':
      return { ...plain, special: { kind }, looksBack: false }
    case 'off_beat':
      return { ...plain, special: { kind } }
    case 'hanging': {
      return {
        ...plain,
        special: { kind, until: draw.between(3, 5) },
        settings: { ...scenario.settings, TRADING_SIGNAL_BATCH_SIZE: '500' },
        signals: [0, 1].flatMap((tick) => manySignals(tick, SIGNALS_A_TICK)),
      }
    }
    case 'crowd':
      return {
        ...plain,
        special: { kind },
        rates: { request: 0.002, scene: 0 },
        settings: {
          ...scenario.settings,
          TRADING_SIGNAL_BATCH_SIZE: '500',
          TRADING_MAX_ORDERS_PER_CYCLE: '50',
          TRADING_COOLDOWN_SECONDS: '0',
        },
        signals: manySignals(0, CROWD_SIGNALS),
        actions: [],
        unreadableAccount: null,
      }
    case 'signal_ticks':
      return {
        ...plain,
        special: { kind },
        leastCalmTicks: scenario.calmTicks,
        settings: { ...scenario.settings, TRADING_TICK_ON_SIGNAL: 'true' },
        signals: [...scenario.signals, ...bursts(draw, scenario)],
      }
    case 'market_data':
      return selfFed(draw, plain)
    case 'bar_windows':
      return fedByWindows(draw, plain)
    case 'expiring':
      return expiring(draw, plain)
    default:
      return kind satisfies never
  }
}

/** Some signals right after each other in most minutes, the last of them when nothing fails any more. */
function bursts(draw: Stream, { ticks }: Scenario): readonly ScenarioSignal[] {
  const minutes = [...Array.from({ length: ticks }, (_, tick) => tick), ticks + 2, ticks + 3]
  return minutes.flatMap((tick) => {
    const afterMs = draw.between(8000, 35_000)
    const gap = draw.pick([10, 150, 700])
    return Array.from({ length: draw.between(1, 4) }, (_, index): ScenarioSignal => {
      const symbol = draw.pick(SYMBOLS)
      return {
        tick,
        afterMs: afterMs + index * gap,
        symbol,
        wish: draw.pick(['buy', 'nothing']),
        price: PRICES[symbol],
      }
    })
  })
}

function manySignals(tick: number, count: number): readonly ScenarioSignal[] {
  return Array.from({ length: count }, (_, index) => {
    const symbol = SYMBOLS[index % SYMBOLS.length] ?? 'AAPL'
    return { tick, afterMs: 500 + 20 * index, symbol, wish: 'buy', price: PRICES[symbol] }
  })
}
