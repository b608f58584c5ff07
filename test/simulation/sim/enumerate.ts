/**
 * Enumeration: in short scenarios every single fault at every request, and after each fault of a lane's cycle every
 * second one in what that lane does next; of a stage that feeds itself, every single one at the requests of its producer of bars.
 */
import type { PlacedFault, RequestFault } from './faults.ts'
import type { Place } from './request.ts'
import { type RunOptions, type RunResult, runSeed } from './run.ts'
import type { Scenario, ScenarioSignal } from './scenario.ts'
import { selfFedSettings } from './self-fed.ts'

/** A first fault in a short scenario; null: all single faults outside the lane. */
export interface EnumerationJob {
  readonly scenario: number
  readonly first: PlacedFault
  /** Whether a second fault follows it. */
  readonly pairs: boolean
}

const SEED = 1
/** Of a read: that it was not answered, and what happens around it. Other kinds are like one of these for what comes after. */
const READS_IN_PAIRS: ReadonlySet<RequestFault> = new Set([
  'fails_before',
  'killed_before',
  'frozen',
  'kill_switch_flip',
])
const WRITES_IN_PAIRS: ReadonlySet<RequestFault> = new Set([
  'fails_before',
  'answer_lost',
  'lands_late',
  'killed_after',
  'frozen',
  'kill_switch_flip',
  'repeated',
  'throttled',
  'broker_422',
  'broker_500_after',
])

function signal(tick: number, symbol: string): ScenarioSignal {
  return { tick, afterMs: 20_000, symbol, wish: 'buy', price: '100' }
}

function shortScenario(claimsAlone: boolean, signals: readonly ScenarioSignal[]): Scenario {
  return {
    accounts: ['alpha'],
    ticks: 3,
    calmTicks: 4,
    leastCalmTicks: 0,
    claimsAlone,
    lookupLagMs: claimsAlone ? 0 : 100_000,
    monotonicStops: true,
    closesAtTick: null,
    retentionAtTick: null,
    restoreToTick: null,
    unreadableAccount: null,
    feed: 'queue',
    looksBack: false,
    byHand: false,
    featureService: false,
    registry: 'parameter',
    skewMs: 0,
    rates: { request: 0, scene: 0 },
    settings: { TRADING_CALENDAR: 'always' },
    signals,
    actions: [],
    special: null,
  }
}

/** A stage that feeds itself with the bars of one share. */
const SELF_FED: Scenario = {
  ...shortScenario(true, []),
  settings: selfFedSettings(1),
  special: {
    kind: 'market_data',
    symbols: ['AAPL'],
    unknownSymbol: false,
    warmUp: 1,
    minutes: 2,
    splits: false,
    beats: true,
    streams: false,
  },
}

/**
 * One order a cycle resting on the claims alone, two orders in one cycle at a broker that refuses duplicates, and signals that the
 * stage makes of bars.
 */
export const SHORT_SCENARIOS: readonly Scenario[] = [
  shortScenario(true, [signal(0, 'AAPL'), signal(1, 'MSFT')]),
  shortScenario(false, [signal(0, 'AAPL'), signal(0, 'MSFT'), signal(1, 'SPY')]),
  SELF_FED,
]

const HEALTHY = 49

/** Many accounts, and one whose lane and open work cannot be read. */
export const POISONED_SCENARIO: Scenario = {
  ...shortScenario(true, [signal(0, 'AAPL'), signal(1, 'MSFT')]),
  accounts: Array.from({ length: HEALTHY }, (_, index) => `a${String(index + 1).padStart(2, '0')}`),
  unreadableAccount: 'enabled',
  settings: { TRADING_CALENDAR: 'always', TRADING_ACCOUNT_LABEL: 'a01' },
}

/** All first faults. */
export async function enumerationJobs(): Promise<readonly EnumerationJob[]> {
  const jobs: EnumerationJob[] = []
  for (const [scenario, shape] of SHORT_SCENARIOS.entries()) {
    const { places } = await runSeed(SEED, { scenario: shape, faults: [], places: true })
    // the lanes of a stage that feeds itself are those of the others
    const isSelfFed = shape.special !== null
    const inPairs = new Set(isSelfFed ? [] : faultsAt(places.filter(isOfLane), pairKinds).map(placeOf))
    const wanted = isSelfFed ? places.filter(isOfBars) : places
    for (const first of faultsAt(wanted, ({ kinds }) => kinds)) {
      jobs.push({ scenario, first, pairs: inPairs.has(placeOf(first)) })
    }
  }
  return jobs
}

/** A short scenario with faults placed in it. */
export function runShort(
  scenario: number,
  faults: readonly PlacedFault[],
  options: Pick<RunOptions, 'places'> = {},
): Promise<RunResult> {
  const shape = SHORT_SCENARIOS[scenario]
  if (shape === undefined) throw new Error(`there is no short scenario ${scenario}`)
  return runSeed(SEED, { ...options, scenario: shape, faults })
}

/** Runs a first fault alone, then with each second one that can follow it in the lane's next cycle. */
export async function* runJob({ scenario, first, pairs }: EnumerationJob): AsyncIterable<RunResult> {
  const alone = await runShort(scenario, [first], { places: true })
  yield alone
  if (!pairs) return
  for (const second of secondFaults(first, alone.places)) {
    yield runShort(scenario, [first, second])
  }
}

/** What can follow a first fault in the same cycle and in the lane's next one; `places`: of the run with it alone. */
export function secondFaults(first: PlacedFault, places: readonly Place[]): readonly PlacedFault[] {
  const begun = places.findIndex(({ place }) => place === first.place)
  const [cycle = ''] = first.place.split('#')
  const later = places.slice(begun + 1).filter(isOfLane)
  const next = later.find(({ place }) => !place.startsWith(`${cycle}#`))?.place.split('#')[0]
  const follows = ({ place }: Place): boolean => [cycle, next].some((name) => place.startsWith(`${name}#`))
  return faultsAt(later.filter(follows), pairKinds)
}

function faultsAt(
  places: readonly Place[],
  kindsAt: (place: Place) => readonly RequestFault[],
): readonly PlacedFault[] {
  return places.flatMap((at) =>
    [...new Set(kindsAt(at))].map((kind): PlacedFault => ({ place: at.place, kind })),
  )
}

function pairKinds({ kinds, isWrite }: Place): readonly RequestFault[] {
  const wanted = isWrite ? WRITES_IN_PAIRS : READS_IN_PAIRS
  return kinds.filter((kind) => wanted.has(kind))
}

function placeOf({ place, kind }: PlacedFault): string {
  return `${place} ${kind}`
}

function isOfBars({ place }: Place): boolean {
  return place.startsWith('market-data.')
}

function isOfLane({ place }: Place): boolean {
  return place.startsWith('lane:')
}
