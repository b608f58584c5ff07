/**
 * One simulated stage: its services, its functions and everything that happens to them in a run, from the first tick
 * to the last calm one.
 */
import { TorghutError } from '../../../lib/domain/errors.ts'
import { asEpochMs, type EpochMs, instant } from '../../../lib/domain/time.ts'
import { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import { Checker } from './checker.ts'
import { Cloud } from './cloud.ts'
import { type DeployedFunctions, deployedFunctions, queuesOf } from './deployed.ts'
import { SimulatedExchange } from './exchange.ts'
import { FeatureService } from './feature-service.ts'
import type { FaultKind, FaultSource } from './faults.ts'
import { type DriftWorld, reconcileCrowd, reconcileTwice } from './drift.ts'
import { meetForeign } from './foreign-orders.ts'
import { dispatchFunction, type FunctionDeps } from './functions.ts'
import type { Invocation } from './host.ts'
import { Kernel } from './kernel.ts'
import { Market } from './market.ts'
import { Producer } from './producer.ts'
import { Operator } from './operator.ts'
import type { Observed } from './observed.ts'
import { ParameterStore } from './parameter-store.ts'
import type { Place } from './request.ts'
import { Requests } from './requests.ts'
import type { OperatorAction, Scenario, ScenarioSignal } from './scenario.ts'
import { Restore } from './restore.ts'
import { Schedule } from './schedule.ts'
import { Services } from './services.ts'
import { SignalTicks } from './signal-ticks.ts'
import { simulatedTelemetry } from './simulated-telemetry.ts'
import { Stage } from './stage.ts'
import {
  type CourseWorld,
  isSilent,
  lateMs,
  passTick,
  storeDelayMs,
  tickMs,
  windowOf,
} from './special-course.ts'
import { RETENTION_DAYS } from './stage-names.ts'
import { worldFault } from './world-faults.ts'

/** An exchange's session ends here. */
const CLOSE = instant('2026-02-10T21:00:00Z')
const MINUTE = 60_000
/** Every how many seeds `reconcile` is asked twice at the end. */
const SEEDS_PER_DRIFT = 5
/** Longer than anything is kept. */
const PAUSE_MS = (RETENTION_DAYS + 3) * 86_400_000
const TOUCH_THE_SWITCH: ReadonlySet<FaultKind> = new Set(['kill_switch_flip', 'operator_kill_on'])
/** How long the updates of the last tick may take. */
const LAST_UPDATES_MS = 30_000

export class World implements Observed {
  readonly kernel: Kernel
  readonly checker: Checker
  readonly exchange: SimulatedExchange
  readonly parameters = new ParameterStore()
  readonly faults: FaultSource
  readonly scenario: Scenario
  readonly closesAt: number | null
  /** Told of every request at which a fault could happen. */
  onPlace: (place: Place) => void = () => undefined
  readonly #features: FeatureService | null
  readonly #tables: readonly SimulatedTable[]
  readonly #cloud: Cloud
  readonly #stage: Stage
  readonly #functions: DeployedFunctions
  readonly #market: Market
  readonly #schedule: Schedule
  readonly #producer: Producer
  readonly #deps: FunctionDeps
  readonly #restore: Restore
  readonly #seed: number
  /** When the first tick is due. */
  readonly #start: EpochMs
  #pausedMs = 0
  /** Its ticks have passed. */
  #isOver = false

  constructor(seed: number, scenario: Scenario, faults: FaultSource) {
    this.scenario = scenario
    this.#seed = seed
    this.faults = faults
    this.closesAt = scenario.closesAtTick === null ? null : CLOSE
    this.#start = asEpochMs(CLOSE - (scenario.closesAtTick ?? 120) * MINUTE)
    const kernel = new Kernel(seed, this.#start)
    this.kernel = kernel
    const { parameters } = this
    const { accounts, skewMs, monotonicStops, lookupLagMs, special } = scenario
    const exchange = new SimulatedExchange({ accounts, now: () => asEpochMs(kernel.now) })
    this.exchange = exchange
    const checker = new Checker(this)
    this.checker = checker
    const tables = [new SimulatedTable('state'), new SimulatedTable('signals')]
    for (const table of tables) table.onWrite = (...write) => checker.wrote(...write)
    this.#tables = tables
    checker.onDecision = (item) => meetForeign(item, faults, exchange)
    exchange.onDuplicate = (account, id) => checker.duplicateReached(account, id)
    this.#features = scenario.featureService ? new FeatureService() : null
    const features = this.#features
    this.#stage = new Stage({ kernel, parameters, exchange, tables, scenario, features })
    this.#cloud = new Cloud({
      kernel,
      faults,
      seed,
      skewMs,
      monotonicStops,
      onError: (invocation, error) => {
        if (!(error instanceof TorghutError)) checker.unexpected(invocation, error)
      },
      onDeadline: (invocation) => checker.ranOutOfTime(invocation),
    })
    const requests = new Requests({
      kernel,
      faults,
      seed,
      onWorldFault: (kind, place, invocation) =>
        worldFault(kind, place, invocation, { kernel, scenario, stage: this.#stage }),
      kill: (invocation) => this.#cloud.kill(invocation),
      storeDelayMs: () => (this.#isOver ? 0 : storeDelayMs(special)),
      onPlace: (place) => this.onPlace(place),
    })
    this.#functions = deployedFunctions(() => this.#deps, checker)
    const { orderFeed: feed, ingest } = this.#functions
    this.#producer = new Producer({ kernel, seed, ingest, cloud: this.#cloud, checker })
    this.#market = new Market({ kernel, faults, exchange, scenario, seed, feed, cloud: this.#cloud })
    const services = new Services({
      kernel,
      requests,
      tables,
      parameters,
      exchange,
      queues: queuesOf(this.#functions),
      checks: checker,
      faults,
      fill: (orderId) => this.#market.fillNow(orderId),
      lookupLagMs,
      features,
    })
    const operator = new Operator({
      cloud: this.#cloud,
      services,
      exchange,
      accounts,
      entries: this.#stage.entries(),
      // a registry of before the restore would name a roster that the table does not have any more
      mayMove: scenario.restoreToTick === null,
      seed,
      onResume: (account) => checker.resumed(account),
    })
    const { closesAt } = this
    this.#schedule = new Schedule({
      kernel,
      faults,
      seed,
      exchange,
      closesAt,
      cloud: this.#cloud,
      lane: this.#functions.lane,
      producer: this.#producer,
      operator,
      features,
      dispatch: (host, scheduledAt) => dispatchFunction(host, this.#deps, scheduledAt),
    })
    this.#restore = new Restore({
      kernel,
      cloud: this.#cloud,
      stage: this.#stage,
      operator,
      schedule: this.#schedule,
      checker,
      tables,
      accounts,
      signals: ingest.queue,
      special,
      pump: () => Object.values(this.#functions).forEach((spec) => this.#cloud.pump(spec)),
    })
    const signalTicks = new SignalTicks({
      kernel,
      faults,
      seed,
      cloud: this.#cloud,
      requests,
      lane: this.#functions.lane,
      dispatch: (host, signals) => dispatchFunction(host, this.#deps, signals.at, signals),
    })
    this.#deps = {
      services,
      ...(special?.kind === 'signal_ticks' ? { asker: (host) => signalTicks.asker(host) } : {}),
      telemetry: simulatedTelemetry(kernel, checker),
      environment: this.#stage.environment(),
      ...windowOf(special, (tick) => this.#minute(tick)),
      pause: (invocation, milliseconds) => requests.pause(invocation, milliseconds),
    }
  }

  /** The whole run. */
  async run(): Promise<void> {
    const { ticks, calmTicks, signals, actions, special } = this.scenario
    await this.#stage.deploy(this.#start)
    if (this.scenario.unreadableAccount !== null) this.faults.note('deploy', 'unreadable_account')
    if (this.scenario.silentFeed) this.faults.note('deploy', 'feed_silent')
    if (this.scenario.retentionAtTick !== null) this.#pausedMs = PAUSE_MS
    this.#plan(signals)
    for (const action of actions) {
      this.kernel.at(this.#minute(action.tick) + action.afterMs, () => this.#operate(action))
    }
    let after = 0
    for (let tick = 0; tick < ticks + calmTicks + after && !this.#isDone(tick - after); tick += 1) {
      if (tick === this.scenario.retentionAtTick) await this.#passRetention(tick)
      if (tick === ticks && special?.kind !== 'troubled_restore') this.#calm()
      if (tick === this.scenario.restoreToTick) this.#restore.keep()
      // what faults made dead letters is given back
      if (tick >= ticks) this.#cloud.redrive(Object.values(this.#functions))
      if (tick === ticks && this.scenario.restoreToTick !== null) {
        after = await this.#restoreTables(tick)
        tick += after
        if (special?.kind === 'troubled_restore') this.#calm()
      }
      await passTick(special, tick, this.#course)
      if (!isSilent(special, tick)) this.#schedule.tick(tick, this.#minute(tick))
      await this.kernel.runUntil(this.#minute(tick + 1) - 1)
      this.#market.trade(tick)
    }
    if (this.faults.active) this.#calm()
    await this.kernel.runUntil(this.kernel.now + LAST_UPDATES_MS)
    if (this.#seed % SEEDS_PER_DRIFT === 0 && this.scenario.lookupLagMs === 0)
      await reconcileTwice(this.#driftWorld())
    this.#isOver = true
    if (special?.kind === 'crowd') await reconcileCrowd(this.#driftWorld())
    this.checker.finish()
  }

  waitingSignals(): number {
    return this.#functions.ingest.queue.waiting().length
  }

  invocations(): readonly Invocation[] {
    return this.#cloud.invocations
  }

  /** Whether the faults have stopped for a tick and nothing is left to do. */
  #isDone(tick: number): boolean {
    const waiting = Object.values(this.#functions).some(({ queue }) => queue.messages.length > 0)
    return tick >= this.scenario.ticks + this.scenario.leastCalmTicks && !waiting && this.checker.isSettled()
  }

  /** Days without a tick, after which what was kept for so long is gone; then an old signal comes again. */
  async #passRetention(tick: number): Promise<void> {
    await this.kernel.runUntil(this.#minute(tick) - 1)
    for (const table of this.#tables) table.removeExpired(this.kernel.now)
    this.checker.signalsExpired(this.#functions.ingest.queue.waiting())
    this.faults.note(`retention ${tick}`, 'sent_again_after_retention')
    this.#producer.sendAgain()
  }

  #plan(signals: readonly ScenarioSignal[]): void {
    const { special } = this.scenario
    if (special?.kind === 'crowd') {
      return this.kernel.at(this.#minute(0), () => this.#producer.sendTogether(signals))
    }
    for (const signal of signals) {
      const at = this.#minute(signal.tick) + lateMs(special) + signal.afterMs
      this.kernel.at(at, () => this.#producer.send(signal))
    }
  }

  #driftWorld(): DriftWorld {
    return {
      kernel: this.kernel,
      cloud: this.#cloud,
      lane: this.#functions.lane,
      checker: this.checker,
      accounts: this.scenario.accounts,
      settings: this.#deps.environment,
    }
  }

  /** Returns how many ticks it took. */
  async #restoreTables(tick: number): Promise<number> {
    this.faults.note(`restore ${tick}`, 'tables_restored')
    // nobody touches the switch while the operator has it on
    this.faults.excluded = TOUCH_THE_SWITCH
    const took = await this.#restore.follow(tick, (one) => this.#minute(one))
    this.faults.excluded = new Set()
    this.#producer.send({ symbol: 'AAPL', wish: 'buy', price: '100' })
    return took
  }

  get #course(): CourseWorld {
    const minuteOf = (tick: number): number => this.#minute(tick)
    return { stage: this.#stage, exchange: this.exchange, faults: this.faults, minuteOf }
  }

  /** From here on nothing fails any more, and an operator has seen to what lay about. */
  #calm(): void {
    this.kernel.trace.add(`${this.kernel.now} the faults stop`)
    this.faults.active = false
    this.exchange.recover()
    this.#stage.restore()
    this.checker.calm()
  }

  #operate({ kind, account }: OperatorAction): void {
    if (this.faults.active) this.#stage.setKillSwitch(kind === 'kill_on', account)
  }

  #minute(tick: number): number {
    const paused = tick >= (this.scenario.retentionAtTick ?? Infinity) ? this.#pausedMs : 0
    return this.#start + paused + tickMs(this.scenario.special, tick)
  }
}
