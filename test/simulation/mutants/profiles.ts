/**
 * Seeds with more of one thing: what a mutant is about comes up in every run instead of in every twentieth. A profile
 * changes what the seed has drawn; it is the same world otherwise.
 */
import { type FaultKind, REQUEST_FAULTS } from '../sim/faults.ts'
import { drawScenario, type Scenario } from '../sim/scenario.ts'
import { specially } from '../sim/special.ts'

type Profile = (drawn: Scenario, seed: number) => Partial<Scenario>

const LATE_OR_LOST: ReadonlySet<FaultKind> = new Set([
  'lands_late',
  'answer_lost',
  'never_answered',
  'killed_before',
  'killed_after',
  'frozen',
  'slow',
  'delivered_twice',
])
const UNHEARD: ReadonlySet<FaultKind> = new Set([
  ...LATE_OR_LOST,
  'fails_before',
  'broker_500',
  'kill_switch_flip',
])
const ANSWERS: ReadonlySet<FaultKind> = new Set([
  'answer_lost',
  'killed_before',
  'killed_after',
  'throttled',
  'kill_switch_flip',
  'broker_500',
  'broker_500_after',
  'broker_gateway_page',
  'broker_refuses',
  'broker_422',
])

const ADOPTING: ReadonlySet<FaultKind> = new Set([
  'filled_meanwhile',
  'killed_after',
  'answer_lost',
  'broker_500_after',
])

const PROFILES = {
  /** Requests fail often. */
  faulty: ({ rates }) => ({ rates: { ...rates, request: 0.06 } }),
  /** Ticks, processes, updates and markets misbehave in most minutes. */
  troubled: ({ rates }) => ({ rates: { ...rates, scene: 0.5 } }),
  /** Look-ups see orders at once, requests are late or lost, and nothing but claims keeps a second POST away. */
  claims: () => ({
    claimsAlone: true,
    lookupLagMs: 0,
    retentionAtTick: null,
    rates: { request: 0.2, scene: 0.2, kinds: LATE_OR_LOST },
  }),
  /** As claims, but nobody hears of an order unless it is looked up, which fails often, in runs side by side. */
  deaf: () => ({
    claimsAlone: true,
    lookupLagMs: 0,
    feed: 'silent',
    rates: { request: 0.06, scene: 1, kinds: UNHEARD },
  }),
  /** The broker answers POSTs in every way, and look-ups lag behind for long. */
  answering: () => ({
    claimsAlone: false,
    lookupLagMs: 100_000,
    rates: { request: 0.2, scene: 0, kinds: ANSWERS },
  }),
  /** As answering, but look-ups see orders at once. */
  refusing: () => ({ claimsAlone: false, lookupLagMs: 0, rates: { request: 0.2, scene: 0, kinds: ANSWERS } }),
  /** The retention passes in the middle. */
  forgetful: () => ({
    closesAtTick: null,
    retentionAtTick: 5,
    rates: { request: 0.004, scene: 0 },
  }),
  /** Somebody trades by hand in most minutes. */
  byHand: () => ({
    byHand: true,
    claimsAlone: false,
    lookupLagMs: 0,
    rates: { request: 0, scene: 0.5, kinds: new Set<FaultKind>(['manual_order']) },
  }),
  /** The tables go back to what they were. */
  restored: ({ ticks }) => ({
    closesAtTick: null,
    restoreToTick: ticks - 1,
    unreadableAccount: null,
    claimsAlone: false,
    lookupLagMs: 0,
  }),
  /** The market closes in the middle. */
  closing: ({ settings, signals }) => ({
    // coins trade on
    signals: signals.filter(({ symbol }) => symbol !== 'BTC/USD'),
    closesAtTick: 5,
    retentionAtTick: null,
    settings: { ...settings, TRADING_CALENDAR: 'us_equities' },
  }),
  /** Another account's state cannot be read. */
  unreadable: () => ({ unreadableAccount: 'disabled' }),
  /** Signals whose decisions are too large for one record. */
  large: ({ settings }) => ({
    settings: { ...settings, TRADING_SIGNAL_BATCH_SIZE: '500' },
    rates: { request: 0, scene: 5, kinds: new Set<FaultKind>(['record_too_large']) },
  }),
  /** Somebody else places orders under our ids. */
  foreign: ({ rates }) => ({
    rates: {
      request: rates.request,
      scene: 10,
      kinds: new Set<FaultKind>(['foreign_order', ...REQUEST_FAULTS]),
    },
  }),
  /** Lanes are ticked after signals. */
  afterSignals: (drawn, seed) => specially(seed, drawn, 'signal_ticks'),
  /** As afterSignals, and deliveries come twice, late or to killed functions. */
  afterSignalsLate: (drawn, seed) => ({
    ...specially(seed, drawn, 'signal_ticks'),
    rates: { request: 0.05, scene: 0.3, kinds: LATE_OR_LOST },
  }),
  /** Nothing fails; what is left is what the scenario does. */
  calm: ({ rates }) => ({ rates: { ...rates, request: 0, scene: 0 } }),
  /** Every order has a limit, a bit above its price and between the broker's increments. */
  limited: ({ signals }) => ({
    signals: signals.map((signal) => ({ ...signal, limit: (Number(signal.price) * 1.014999).toFixed(4) })),
  }),
  /** As foreign, and other orders of the same lane are not at the broker. */
  halting: () => ({
    claimsAlone: false,
    lookupLagMs: 0,
    rates: { request: 0.15, scene: 4, kinds: new Set<FaultKind>(['foreign_order', 'fails_before']) },
  }),
  /** The kill switch goes on while the account itself cannot be read. */
  unread: ({ rates, ticks }) => ({
    claimsAlone: false,
    lookupLagMs: 0,
    rates: { ...rates, request: 0, scene: 4, kinds: new Set<FaultKind>(['account_unreadable']) },
    actions: [
      { tick: 2, afterMs: 50_000, kind: 'kill_on', account: null },
      { tick: ticks, afterMs: 0, kind: 'kill_off', account: null },
    ],
  }),
  /** Orders whose answers are lost fill while they are looked up. */
  adopting: () => ({
    claimsAlone: false,
    lookupLagMs: 0,
    rates: { request: 0.1, scene: 5, kinds: ADOPTING },
  }),
  /** Updates come by forwarders whose requests fail often. */
  forwarded: () => ({ feed: 'forwarders', rates: { request: 0.03, scene: 0.1 } }),
  /** The strategy looks back; records are small, and processes new now and then. */
  looking: () => ({ looksBack: true, rates: { request: 0.03, scene: 0.1 } }),
  /** Updates come by a topic. */
  topical: () => ({ feed: 'topic', rates: { request: 0.03, scene: 0.1 } }),
  /** What some of the seeds have: see `special-kinds.ts`. */
  withdrawn: (drawn, seed) => ({
    ...specially(seed, drawn, 'withdrawn'),
    rates: { ...drawn.rates, request: 0.04 },
  }),
  night: (drawn, seed) => specially(seed, drawn, 'night'),
  off_beat: (drawn, seed) => specially(seed, drawn, 'off_beat'),
  unreadable_cap: (drawn, seed) => specially(seed, drawn, 'unreadable_cap'),
  crowd: (drawn, seed) => specially(seed, drawn, 'crowd'),
  hanging: (drawn, seed) => specially(seed, drawn, 'hanging'),
  expiring: (drawn, seed) => specially(seed, drawn, 'expiring'),
  barWindows: (drawn, seed) => specially(seed, drawn, 'bar_windows'),
  /** The stage makes its signals of bars. */
  selfFed: (drawn, seed) => specially(seed, drawn, 'market_data'),
  /** As selfFed, and more goes wrong. */
  selfFedTroubled: (drawn, seed) => {
    const scenario = specially(seed, drawn, 'market_data')
    return { ...scenario, rates: { ...scenario.rates, request: 0.03, scene: 0.3 } }
  },
  /** The kill switch goes on and off, for all and for one. */
  switching: ({ accounts, ticks, rates }) => ({
    rates: { ...rates, request: 0.03 },
    actions: Array.from({ length: ticks - 1 }, (_, tick) => ({
      tick,
      afterMs: tick < 2 ? 100 : 7000 * tick + 3000,
      kind: tick % 2 === 0 ? ('kill_on' as const) : ('kill_off' as const),
      account: tick % 4 < 2 ? (accounts[0] ?? null) : null,
    })),
  }),
} as const satisfies Readonly<Record<string, Profile>>

export type ProfileName = keyof typeof PROFILES

/** The scenario of a seed under a profile. */
export function profiledScenario(seed: number, profile: ProfileName): Scenario {
  const drawn = drawScenario(seed)
  // tables go back, and the retention passes, only where the seed has drawn the rest of the scenario for it
  return { ...drawn, restoreToTick: null, retentionAtTick: null, ...PROFILES[profile](drawn, seed) }
}
