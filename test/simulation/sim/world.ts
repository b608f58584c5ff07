/** One simulated stage: its services, its functions and all else that a run is made of, wired together. */
import { TorghutError } from '../../../lib/domain/errors.ts'
import { asEpochMs } from '../../../lib/domain/time.ts'
import { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import { Checker } from './checker.ts'
import { Cloud } from './cloud.ts'
import { Course } from './course.ts'
import { type DeployedFunctions, deployedFunctions, queuesOf } from './deployed.ts'
import { SimulatedExchange } from './exchange.ts'
import { FeatureService } from './feature-service.ts'
import type { FaultSource } from './faults.ts'
import { meetForeign } from './foreign-orders.ts'
import { Expiring } from './expiring.ts'
import { openFeed } from './feed.ts'
import { dispatchFunction, type FunctionDeps } from './functions.ts'
import type { Invocation } from './host.ts'
import { Kernel } from './kernel.ts'
import type { Companion } from './long-processes.ts'
import { Market } from './market.ts'
import { openBars } from './market-data.ts'
import { Producer } from './producer.ts'
import { Operator } from './operator.ts'
import type { Observed } from './observed.ts'
import { ParameterStore } from './parameter-store.ts'
import type { Place } from './request.ts'
import { Requests } from './requests.ts'
import { type Scenario, ticksOnSignals } from './scenario.ts'
import { Restore } from './restore.ts'
import { Schedule } from './schedule.ts'
import { Services } from './services.ts'
import { SignalTicks } from './signal-ticks.ts'
import { simulatedTelemetry } from './simulated-telemetry.ts'
import { Stage } from './stage.ts'
import { storeDelayMs, windowOf } from './special-course.ts'
import { Timetable } from './timetable.ts'
import { worldFault } from './world-faults.ts'

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
  readonly #tables: readonly SimulatedTable[]
  readonly #cloud: Cloud
  readonly #requests: Requests
  readonly #stage: Stage
  readonly #functions: DeployedFunctions
  readonly #services: Services
  readonly #market: Market
  readonly #deps: FunctionDeps
  readonly #seed: number
  readonly #timetable: Timetable
  readonly #course: Course
  readonly #expiring: Expiring

  constructor(seed: number, scenario: Scenario, faults: FaultSource) {
    this.scenario = scenario
    this.#seed = seed
    this.faults = faults
    const timetable = new Timetable(scenario)
    this.#timetable = timetable
    this.closesAt = timetable.closesAt
    const kernel = new Kernel(seed, timetable.start)
    this.kernel = kernel
    const { parameters } = this
    const { accounts } = scenario
    const exchange = new SimulatedExchange({ accounts, now: () => asEpochMs(kernel.now) })
    this.exchange = exchange
    const checker = new Checker(this)
    this.checker = checker
    const tables = [new SimulatedTable('state'), new SimulatedTable('signals')]
    for (const table of tables) table.onWrite = (...write) => checker.wrote(...write)
    this.#tables = tables
    this.#expiring = new Expiring({ kernel, seed, scenario, timetable, faults, tables })
    checker.onDecision = (item) => meetForeign(item, faults, exchange)
    exchange.onDuplicate = (account, id) => checker.duplicateReached(account, id)
    const features = scenario.featureService ? new FeatureService() : null
    this.#stage = new Stage({ kernel, parameters, exchange, tables, scenario, features })
    this.#cloud = this.#openCloud()
    this.#requests = this.#openRequests()
    this.#functions = deployedFunctions(() => this.#deps, checker)
    this.#services = new Services({
      kernel,
      requests: this.#requests,
      tables,
      parameters,
      exchange,
      queues: queuesOf(this.#functions),
      checks: checker,
      faults,
      fill: (orderId) => this.#market.fillNow(orderId),
      lookupLagMs: scenario.lookupLagMs,
      features,
    })
    const [cloud, services, requests, feed] = [
      this.#cloud,
      this.#services,
      this.#requests,
      this.#functions.orderFeed,
    ]
    const world = { kernel, faults, seed, scenario, exchange, checker, cloud, services, requests, tables }
    const signalTicks = new SignalTicks({
      ...world,
      lane: this.#functions.lane,
      dispatch: (host, signals) => dispatchFunction(host, this.#deps, signals.at, signals),
    })
    this.#deps = {
      services: this.#services,
      telemetry: simulatedTelemetry(kernel, checker),
      environment: this.#stage.environment(),
      ...(ticksOnSignals(scenario) ? { asker: (host) => signalTicks.asker(host) } : {}),
      ...windowOf(scenario.special, (tick) => timetable.minuteOf(tick)),
      pause: (invocation, milliseconds) => requests.pause(invocation, milliseconds),
    }
    const { way, forwarders } = openFeed({ ...world, feed }, this.#deps)
    const bars = openBars(world, this.#deps, this.#functions.ingest)
    const companions = [forwarders, bars].filter((one) => one !== null)
    this.#market = new Market({ ...world, way })
    this.#course = this.#openCourse(features, companions)
  }

  /** The whole run. */
  run(): Promise<void> {
    return this.#course.run()
  }

  waitingSignals(): number {
    return this.#functions.ingest.queue.waiting().length
  }

  invocations(): readonly Invocation[] {
    return this.#cloud.invocations
  }

  #openCloud(): Cloud {
    const { kernel, faults, checker } = this
    const { skewMs, monotonicStops } = this.scenario
    return new Cloud({
      kernel,
      faults,
      seed: this.#seed,
      skewMs,
      monotonicStops,
      onError: (invocation, error) => {
        if (!(error instanceof TorghutError)) checker.unexpected(invocation, error)
      },
      onDeadline: (invocation) => checker.ranOutOfTime(invocation),
    })
  }

  #openRequests(): Requests {
    const { kernel, faults, scenario } = this
    return new Requests({
      kernel,
      faults,
      seed: this.#seed,
      onWorldFault: (kind, place, invocation) =>
        worldFault(kind, place, invocation, { kernel, scenario, stage: this.#stage }),
      kill: (invocation) => this.#cloud.kill(invocation),
      kills: (request, place) => this.#expiring.kills(request, place),
      storeDelayMs: () => (this.#course.isOver ? 0 : storeDelayMs(scenario.special)),
      onPlace: (place) => this.onPlace(place),
    })
  }

  #openCourse(features: FeatureService | null, companions: readonly Companion[]): Course {
    const { kernel, faults, exchange, checker, scenario, closesAt } = this
    const [seed, cloud, stage, tables, functions] = [
      this.#seed,
      this.#cloud,
      this.#stage,
      this.#tables,
      this.#functions,
    ]
    const operator = new Operator({
      cloud,
      services: this.#services,
      exchange,
      scenario,
      entries: stage.entries(),
      seed,
      onResume: (account) => checker.resumed(account),
    })
    const producer = new Producer({
      kernel,
      seed,
      ingest: functions.ingest,
      cloud,
      checker,
      numbered: scenario.looksBack,
    })
    const dispatch = (host: Invocation['host'], scheduledAt: number): Promise<void> =>
      dispatchFunction(host, this.#deps, scheduledAt)
    const schedule = new Schedule({
      kernel,
      faults,
      seed,
      exchange,
      closesAt,
      cloud,
      lane: functions.lane,
      producer,
      operator,
      features,
      dispatch,
    })
    const signals = functions.ingest.queue
    const pump = (): void => Object.values(functions).forEach((spec) => cloud.pump(spec))
    const restore = new Restore({
      kernel,
      cloud,
      stage,
      operator,
      schedule,
      checker,
      tables,
      scenario,
      signals,
      pump,
    })
    const [market, timetable, { environment }] = [this.#market, this.#timetable, this.#deps]
    return new Course({
      seed,
      scenario,
      kernel,
      faults,
      timetable,
      checker,
      exchange,
      tables,
      stage,
      cloud,
      functions,
      companions,
      market,
      schedule,
      producer,
      restore,
      expiring: this.#expiring,
      environment,
    })
  }
}
