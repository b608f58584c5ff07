/**
 * Plans sealed cycles again and compares them with what was sealed (docs/architecture.md#equal-plans): whether the code at hand
 * decides as the code that traded did, or, under other strategies, what would have been decided instead.
 *
 * Invariant: a plan is made of sealed inputs alone; circuits and cooldowns are those that the cycle before ended with.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Settings } from '../domain/settings.ts'
import type { EpochMs } from '../domain/time.ts'
import { NO_NOTES } from '../domain/lane.ts'
import type { CycleInputsRecord, CycleRecord, Plan } from '../domain/plan.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import { keptSettings } from '../flags/parse-settings.ts'
import { type CycleInputs, type PlanListener, planCycle } from '../plan/plan-cycle.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import { SignalPages } from './signal-pages.ts'
import { windowsAgain } from './windows-again.ts'

export interface RerunDeps {
  readonly stores: {
    readonly lanes: Pick<StateStores['lanes'], 'listCycles'>
    readonly signals: Pick<StateStores['signals'], 'readAfter' | 'readHistory'>
  }
  /** The strategies that a cycle is planned with: the sealed revision, or others. @throws StateError when it is gone */
  readonly strategies: (inputs: CycleInputsRecord, settings: Settings) => Promise<CompiledStrategies>
  readonly calendar: (settings: Settings) => TradingCalendar
}

/** As many as a batch by default. */
const SIGNALS_AT_ONCE = 500
const NO_CYCLE_BEFORE = 'the cycle before it is no longer stored'

/** What a lane carries from one cycle to the next, beside its cursor. */
type Carried = Pick<Plan, 'circuits' | 'cooldowns'>

export interface RerunCycle {
  readonly record: CycleRecord
  readonly signals: readonly LoggedSignal[]
  /** Null: it cannot be planned again, for `reason`. */
  readonly plan: Plan | null
  readonly reason: string | null
}

/**
 * The cycles of a lane, oldest first, each planned anew.
 * @param since only those whose tick was then or later; null: all that are stored
 */
export async function* rerunCycles(
  account: AccountLabel,
  source: string,
  since: EpochMs | null,
  deps: RerunDeps,
): AsyncGenerator<RerunCycle> {
  const again = new CyclePlanner(deps, source, SIGNALS_AT_ONCE)
  let before: Carried = { circuits: {}, cooldowns: {} }
  let expected = 0
  for await (const record of deps.stores.lanes.listCycles(account, source)) {
    const isNext = record.version === expected
    expected = record.version + 1
    // what a lane carries along is known after its first cycle here
    const carried: Carried | null = isNext ? before : null
    const wanted = since === null || record.inputs.tickAt >= since
    const rerun: RerunCycle =
      carried === null ? unplanned(record, NO_CYCLE_BEFORE) : await again.plan(record, carried)
    before = rerun.plan ?? record.plan
    if (wanted) yield rerun
  }
}

/** Plans the cycles of a lane, one after the other. */
class CyclePlanner {
  readonly #deps: RerunDeps
  readonly #signals: SignalPages
  readonly #settingsOf = keptSettings()

  constructor(deps: RerunDeps, source: string, signalsAtOnce: number) {
    this.#deps = deps
    this.#signals = new SignalPages(deps.stores.signals, source, signalsAtOnce)
  }

  /** @param told of what the plan is made by */
  async plan(
    record: CycleRecord,
    { circuits, cooldowns }: Carried,
    told: (inputs: CycleInputs) => PlanListener = () => ({}),
  ): Promise<RerunCycle> {
    const { stores, strategies, calendar } = this.#deps
    const { accountLabel, source, version, inputs, plan: sealed } = record
    const { cursor, positions, unsettled, settings: rawSettings } = inputs
    const first = sealed.outcomes[0]?.position
    const count = sealed.outcomes.length
    const signals = first === undefined ? [] : await this.#signals.read(first, count)
    if (signals.length < count || signals[0]?.position !== first) {
      return unplanned(record, `signals of ${positions?.from} to ${positions?.to} are no longer stored`)
    }
    const settings = this.#settingsOf(rawSettings)
    const compiled = await strategies(inputs, settings)
    const history = await windowsAgain(record, signals, compiled, stores.signals)
    if (typeof history === 'string') return unplanned(record, history)
    const planned: CycleInputs = {
      ...inputs,
      history,
      lane: {
        accountLabel,
        source,
        version,
        cursor,
        circuits,
        cooldowns,
        unsettled: [],
        lastTickAt: null,
        halted: null,
        requests: [],
        notes: NO_NOTES,
      },
      batch: { signals, expired: sealed.expired },
      strategies: compiled,
      settings,
      rawSettings,
      unsettled,
      calendar: calendar(settings),
    }
    const plan = planCycle(planned, () => false, told(planned))
    return { record, signals, plan, reason: null }
  }
}

/**
 * The cycles that are asked for, each planned anew with somebody listening.
 * @param isWanted cycles that are not are passed over, which costs no plan
 */
export async function* rerunListening(
  account: AccountLabel,
  source: string,
  isWanted: (record: CycleRecord) => boolean,
  told: (inputs: CycleInputs) => PlanListener,
  deps: RerunDeps,
): AsyncGenerator<RerunCycle> {
  const again = new CyclePlanner(deps, source, 1)
  let before: Carried = { circuits: {}, cooldowns: {} }
  let expected = 0
  for await (const record of deps.stores.lanes.listCycles(account, source)) {
    const isNext = record.version === expected
    expected = record.version + 1
    if (isWanted(record)) {
      yield isNext ? await again.plan(record, before, told) : unplanned(record, NO_CYCLE_BEFORE)
    }
    before = record.plan
  }
}

function unplanned(record: CycleRecord, reason: string): RerunCycle {
  return { record, signals: [], plan: null, reason }
}
