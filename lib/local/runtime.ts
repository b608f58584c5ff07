/**
 * The local runtime: dispatcher, queue, lanes and market inside one process, over whatever stores and exchange it is given,
 * and the walk through the schedule. `dev` and `backtest` differ in those alone.
 *
 * Invariants: a step ends only when every lane has settled and committed and every trade update is applied;
 * a step that was interrupted anywhere is done again as a whole, and then changes nothing that it had done.
 */
import { randomUUID } from 'node:crypto'
import { ParameterProvider } from '../adapters/openfeature/parameter-provider.ts'
import { openFeatureServices } from '../adapters/openfeature/flag-services.ts'
import type { RememberedWork } from '../adapters/system/stray-work.ts'
import { vmInterrupter } from '../adapters/system/vm-interrupter.ts'
import { watchedInterrupter } from '../adapters/system/watched-interrupter.ts'
import { keptCalendars } from '../market/calendar/create-calendar.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { Decimal } from '../domain/decimal.ts'
import { StateError, UnavailableError } from '../domain/errors.ts'
import type { RequestBudget } from '../domain/request-budget.ts'
import { madeOnce, type RawValues } from '../domain/settings.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { type EpochMs, formatInstant, plusSeconds } from '../domain/time.ts'
import { resolveFleet } from '../flags/fleet.ts'
import { resolveKillSwitch } from '../flags/resolve.ts'
import { dispatchTick, type DispatchDeps } from '../lanes/dispatch.ts'
import type { TickOutcome } from '../lanes/handle-tick.ts'
import { keptInForce } from '../lanes/in-force.ts'
import type { StrategyFailureSink } from '../lanes/strategy-failures.ts'
import type { BrokerGateway } from '../ports/broker-gateway.ts'
import type { FlagSource } from '../ports/flag-source.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { catalogHash } from '../strategy/compile.ts'
import { FifoQueue } from './fifo-queue.ts'
import { laneConsumer } from './lane-consumer.ts'
import { Market } from './market.ts'
import type { PaperExchange } from '../exchange/paper-exchange.ts'
import type { RunInputs } from './run-inputs.ts'
import type { Step } from '../market/schedule.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { tickFlags } from './tick-flags.ts'

/** So long that no load of the machine decides what a run comes to. */
const PLUGIN_BUDGET_MS = 10_000
/** A lane that is still not settled after so many more ticks will not be. */
const MAX_EXTRA_TICKS = 10

export interface RuntimeParts {
  readonly inputs: RunInputs
  readonly stores: StateStores
  readonly exchange: PaperExchange
  /** What every account starts with, in dollars, unless the exchange knows it already. */
  readonly cash: Decimal
  /** How an account's lane reaches the exchange. */
  readonly gateway: (account: AccountLabel, budget: RequestBudget) => BrokerGateway
  readonly flags: FlagSource
  readonly clock: SimulatedClock
  readonly telemetry: Telemetry
  readonly codeVersion: string
  readonly strategyFailures: StrategyFailureSink
  /** Who watches strategies from outside, if anybody does. */
  readonly watch?: PluginWatch
  /** Who knows what plugins leave behind, if anybody does: nothing is held to be left by one that was stopped before. */
  readonly strayWork?: Pick<RememberedWork, 'around'>
}

export interface Runtime {
  readonly exchange: PaperExchange
  /** The first step that is not known to be complete. */
  nextStep(): Promise<number>
  runStep(step: Step): Promise<void>
  /** For which the kill switch is on now, or cannot be read. */
  killedAccounts(): Promise<readonly AccountLabel[]>
}

/** Opens the accounts and wires the lanes. */
export async function openRuntime(parts: RuntimeParts): Promise<Runtime> {
  const { inputs, stores, exchange, cash, gateway, flags, clock, telemetry, codeVersion, strategyFailures } =
    parts
  const { settings } = resolveFleet(inputs.environment, (await flags.read(0)).values)
  const hash = catalogHash(inputs.strategies)
  await stores.catalog.apply({ hash, strategies: inputs.strategies })
  const present = Promise.resolve(hash)
  const [first] = inputs.schedule.steps
  if (first !== undefined) clock.set(first.tickAt)
  for (const label of inputs.accounts) exchange.openAccount({ label, cash })
  const accounts = new Set(inputs.accounts)
  const calendars = keptCalendars()
  const market = new Market(exchange, calendars(settings), {
    executions: stores.executions,
    events: stores.orderEvents,
    unmatched: stores.unmatchedOrders,
    clock,
    telemetry,
    knowsAccount: (label) => Promise.resolve(accounts.has(label)),
  })
  const interrupter = parts.watch === undefined ? vmInterrupter({ heardHere: true }) : watchedInterrupter
  const queue = new FifoQueue(
    laneConsumer({
      ...stores,
      environment: inputs.environment,
      flags,
      clock,
      telemetry,
      codeVersion,
      strategyFailures,
      interrupter: parts.strayWork?.around(interrupter) ?? interrupter,
      pluginBudgetMs: PLUGIN_BUDGET_MS,
      ...(parts.watch === undefined ? {} : { watch: parts.watch }),
      registry: inputs.registry,
      gateway,
      randomness: { token: randomUUID },
    }),
  )
  const { begin, within } = tickFlags(flags)
  const dispatch: DispatchDeps = {
    environment: inputs.environment,
    flags: begin,
    features: openFeatureServices('local', new ParameterProvider(within, 0)),
    roster: stores.roster,
    catalog: { currentHash: () => present },
    executions: stores.executions,
    unmatched: stores.unmatchedOrders,
    queue,
    telemetry,
    calendars,
    inForce: keptInForce(),
  }
  const killed = madeOnce((values) => killedUnder(values, inputs))
  return {
    exchange,
    async nextStep() {
      const { index, step, previous } = await nextStep(inputs, stores)
      market.checkPosition(step, previous)
      return index
    },
    async killedAccounts() {
      const { values } = await flags.read(0)
      return killed(values)
    },
    async runStep(step) {
      clock.set(step.tickAt)
      await append(step, stores)
      const opened = market.open(step)
      if (opened !== undefined) await opened
      await tickUntilSettled(step.tickAt, clock, dispatch, queue)
      const filled = market.fill(step)
      if (filled !== undefined) await filled
    },
  }
}

function killedUnder(values: RawValues, { accounts, environment }: RunInputs): readonly AccountLabel[] {
  return accounts.filter((label) => resolveKillSwitch(environment, values, label) !== 'off')
}

interface NextStep {
  readonly index: number
  readonly step: Step
  /** The one before it. */
  readonly previous: Step | undefined
}

/** The step whose signals were appended last: it may not have been finished. */
async function nextStep({ schedule, source }: RunInputs, { signals }: StateStores): Promise<NextStep> {
  const end = await signals.end(source)
  let passed = 0
  let index = 0
  let previous: Step | undefined
  for (const step of schedule.steps) {
    passed += step.signals.length
    if (end <= passed) return { index, step, previous }
    previous = step
    index += 1
  }
  throw new StateError(`the signal log holds ${end} signals, the schedule has only ${passed}`)
}

async function append({ signals }: Step, stores: StateStores): Promise<void> {
  // One after the other, so that positions are the same in every run.
  for (const signal of signals) {
    const outcome = await stores.signals.append(signal)
    if (outcome.kind === 'too_large')
      throw new StateError(`the signal of ${signal.symbol} at ${formatInstant(signal.eventTs)} exceeds 64 KB`)
    if (outcome.kind === 'conflicting_payload')
      throw new StateError(`position ${outcome.position} holds another signal`)
  }
}

/** One tick per lane, and more of them a minute apart while a lane has orders whose fate is open. */
async function tickUntilSettled(
  tickAt: EpochMs,
  clock: SimulatedClock,
  dispatch: DispatchDeps,
  queue: FifoQueue<TickMessage, TickOutcome>,
): Promise<void> {
  let waiting = 'nothing'
  for (let extra = 0; extra <= MAX_EXTRA_TICKS; extra += 1) {
    const at = plusSeconds(tickAt, extra * 60)
    clock.set(at)
    await dispatchTick(at, dispatch)
    const open: string[] = []
    for (const outcome of await queue.drained()) open.push(...openReason(outcome))
    if (open.length === 0) return
    waiting = open.join('; ')
  }
  throw new UnavailableError(`a step could not be finished: ${waiting}`, {
    advice: 'Start again to go on where it stopped.',
  })
}

/** Why a lane's tick is not complete; nothing when it is. @throws StateError where another tick would not help */
function openReason(outcome: TickOutcome): string[] {
  const { account } = outcome
  if (outcome.kind === 'failed') {
    throw new StateError(`the tick of ${account} failed: ${outcome.reason}`, {
      advice: 'Correct what is named, or start over with --fresh.',
    })
  }
  if (outcome.kind !== 'cycle') return []
  const { run } = outcome
  switch (run.kind) {
    case 'idle':
      return []
    case 'done':
      return run.unsettled === 0 ? [] : [`${account} has ${run.unsettled} unsettled orders`]
    case 'halted':
      throw new StateError(`the lane of ${account} is halted: ${run.reason}`)
    case 'behind':
    case 'retryable':
      return [`${account}: ${run.reason}`]
    case 'out_of_time':
    case 'out_of_requests':
    case 'superseded':
    case 'interrupted':
      return [`${account}: ${run.kind}`]
    default:
      return run satisfies never
  }
}
