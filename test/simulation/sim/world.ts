/**
 * One simulated stage: its services, its functions and everything that happens to them in a run, from the first tick
 * to the last calm one.
 */
import { TorghutError } from '../../../lib/domain/errors.ts'
import { asEpochMs, formatInstant, instant } from '../../../lib/domain/time.ts'
import type { Telemetry } from '../../../lib/ports/telemetry.ts'
import { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import { Checker } from './checker.ts'
import { Cloud } from './cloud.ts'
import { type DeployedFunctions, deployedFunctions } from './deployed.ts'
import { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import { dispatchFunction, type FunctionDeps } from './functions.ts'
import type { Invocation } from './host.ts'
import { Kernel } from './kernel.ts'
import { Market } from './market.ts'
import { payloadFor } from './market-reader.ts'
import type { Observed } from './observed.ts'
import { ParameterStore } from './parameter-store.ts'
import { type Stream, streamOf } from './random.ts'
import { Requests } from './requests.ts'
import type { OperatorAction, Scenario, ScenarioSignal } from './scenario.ts'
import { Services } from './services.ts'
import { isSimulatedFault } from './simulated-fault.ts'
import { Stage } from './stage.ts'
import { worldFault } from './world-faults.ts'

const START = instant('2026-02-10T15:00:00Z')
const MINUTE = 60_000
const DISPATCH_TIMEOUT_MS = 30_000
const LOOKUP_LAG_MS = 40_000

export class World implements Observed {
  readonly kernel: Kernel
  readonly checker: Checker
  readonly exchange: SimulatedExchange
  readonly parameters = new ParameterStore()
  readonly faults: FaultSource
  readonly scenario: Scenario
  readonly #cloud: Cloud
  readonly #stage: Stage
  readonly #random: Stream
  readonly #functions: DeployedFunctions
  readonly #market: Market
  readonly #deps: FunctionDeps
  #seq = 0

  constructor(seed: number, scenario: Scenario, faults: FaultSource) {
    this.scenario = scenario
    this.faults = faults
    this.#random = streamOf(seed, 'world')
    const kernel = new Kernel(seed, START)
    this.kernel = kernel
    const { parameters } = this
    const exchange = new SimulatedExchange({
      accounts: scenario.accounts,
      now: () => asEpochMs(kernel.now),
    })
    this.exchange = exchange
    const checker = new Checker(this)
    this.checker = checker
    const tables = [new SimulatedTable('state'), new SimulatedTable('signals')]
    for (const table of tables) {
      table.onWrite = (name, before, after) => checker.wrote(name, before, after)
    }
    exchange.onDuplicate = (account, id) => checker.duplicateReached(account, id)
    this.#stage = new Stage({ kernel, parameters, exchange, tables, scenario })
    const { skewMs, monotonicStops } = scenario
    this.#cloud = new Cloud({
      kernel,
      faults,
      seed,
      skewMs,
      monotonicStops,
      onError: (invocation, error) => {
        if (!(error instanceof TorghutError)) checker.unexpected(invocation, error)
      },
      onEnd: (invocation) => checker.ended(invocation),
    })
    const requests = new Requests({
      kernel,
      faults,
      seed,
      onWorldFault: (kind, place, invocation) =>
        worldFault(kind, place, invocation, { kernel, scenario, stage: this.#stage }),
      kill: (invocation) => this.#cloud.kill(invocation),
    })
    const lookupLagMs = scenario.claimsAlone ? 0 : LOOKUP_LAG_MS
    this.#functions = deployedFunctions(
      () => this.#deps,
      (invocation, account, outcome) => checker.laneEnded(invocation, account, outcome),
    )
    const feed = this.#functions.orderFeed
    this.#market = new Market({ kernel, faults, exchange, scenario, seed, feed, cloud: this.#cloud })
    this.#deps = {
      services: new Services({
        kernel,
        requests,
        tables,
        parameters,
        exchange,
        checks: checker,
        lookupLagMs,
      }),
      laneQueue: this.#functions.lane.queue,
      telemetry: this.#telemetry(),
      pause: (invocation, milliseconds) => requests.pause(invocation, milliseconds),
    }
  }

  /** The whole run. */
  async run(): Promise<void> {
    const { ticks, calmTicks, signals, actions } = this.scenario
    await this.#stage.deploy(START)
    for (const signal of signals) {
      this.kernel.at(minute(signal.tick) + signal.afterMs, () => this.#produce(signal))
    }
    for (const action of actions) {
      this.kernel.at(minute(action.tick) + action.afterMs, () => this.#operate(action))
    }
    for (let tick = 0; tick < ticks + calmTicks; tick += 1) {
      if (tick === ticks) this.#calm()
      this.#scheduleTick(tick)
      await this.kernel.runUntil(minute(tick + 1) - 1)
      this.#market.trade(tick)
    }
    await this.kernel.runUntil(minute(ticks + calmTicks) + MINUTE)
    this.checker.finish()
  }

  invocations(): readonly Invocation[] {
    return this.#cloud.invocations
  }

  /** From here on nothing fails any more, and an operator has seen to what lay about. */
  #calm(): void {
    this.kernel.trace.add(`${this.kernel.now} the faults stop`)
    this.faults.active = false
    this.exchange.outUntil = 0
    this.#stage.restore()
    for (const spec of Object.values(this.#functions)) {
      spec.queue.redrive(this.kernel.now)
      this.#cloud.pump(spec)
    }
    this.checker.calm()
  }

  #scheduleTick(tick: number): void {
    const { kernel, faults } = this
    const at = minute(tick)
    const fault = faults.at(`tick ${tick}`, ['tick_lost', 'tick_duplicated', 'tick_late'])
    if (faults.at(`deploy ${tick}`, ['deploy']) !== null) {
      kernel.at(at + this.#random.below(MINUTE), () => this.#cloud.deploy())
    }
    if (faults.at(`outage ${tick}`, ['broker_outage']) !== null) {
      const lasts = this.#random.between(5_000, 150_000)
      kernel.at(at + this.#random.below(MINUTE), () => {
        this.exchange.outUntil = kernel.now + lasts
      })
    }
    if (fault === 'tick_lost') return
    const delay = fault === 'tick_late' ? this.#random.between(5_000, 200_000) : this.#random.below(2000)
    this.#dispatch(at, at + delay, 0)
    if (fault === 'tick_duplicated') this.#dispatch(at, at + delay + this.#random.below(30_000), 0)
  }

  /** The schedule invokes asynchronously: what fails is tried twice more. */
  #dispatch(scheduledAt: number, at: number, tries: number): void {
    const name = `dispatch:${formatInstant(asEpochMs(scheduledAt)).slice(11, 16)}`
    this.kernel.at(at, () => {
      this.#cloud.invoke(
        'dispatch',
        name,
        DISPATCH_TIMEOUT_MS,
        (host) => dispatchFunction(host, this.#deps, scheduledAt),
        (ok) => {
          this.#cloud.pump(this.#functions.lane)
          const again = this.kernel.now + (tries + 1) * MINUTE
          if (!ok && tries < 2) this.#dispatch(scheduledAt, again, tries + 1)
        },
      )
    })
  }

  #produce({ symbol, wish, price }: ScenarioSignal): void {
    this.#seq += 1
    const body = JSON.stringify({
      event_ts: formatInstant(asEpochMs(this.kernel.now)),
      symbol,
      timeframe: '1Min',
      seq: this.#seq,
      source: 'ta',
      payload: payloadFor(wish, price),
    })
    const { ingest } = this.#functions
    ingest.queue.send('ta', `signal-${this.#seq}`, body, this.kernel.now)
    this.checker.producedSignal()
    this.#cloud.pump(ingest)
  }

  #operate({ kind, account }: OperatorAction): void {
    if (this.faults.active) this.#stage.setKillSwitch(kind === 'kill_on', account)
  }

  #telemetry(): Telemetry {
    const { kernel, checker } = this
    return {
      count: () => undefined,
      measure: () => undefined,
      record: (level, message, properties, cause) => {
        const known = cause === undefined || cause instanceof TorghutError || isSimulatedFault(cause)
        if (!known) checker.unexpected(null, cause)
        if (level === 'error' || level === 'warn') {
          kernel.trace.add(`${kernel.now} ${level}: ${message} ${JSON.stringify(properties ?? {})}`)
        }
      },
    }
  }
}

function minute(tick: number): number {
  return START + tick * MINUTE
}
