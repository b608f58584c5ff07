/**
 * One account's lane in a simulated world: shared stores, a simulated exchange, and invocations of the real
 * `runLane` that overlap, die and meet faults. What must never happen is noted the moment it does.
 */
import { MemoryDecisionStore } from '../../../lib/adapters/memory/decision-store.ts'
import { MemoryExecutionStore } from '../../../lib/adapters/memory/execution-store.ts'
import { MemoryLaneStore } from '../../../lib/adapters/memory/lane-store.ts'
import { MemoryOrderEventStore } from '../../../lib/adapters/memory/order-event-store.ts'
import { MemorySignalRows } from '../../../lib/adapters/memory/signal-rows.ts'
import { laneWiring, type LanePorts } from '../../../lib/lanes/lane-wiring.ts'
import { StoredSignalLog } from '../../../lib/signals/stored-signal-log.ts'
import { runLane, type LaneRun } from '../../../lib/lanes/run-lane.ts'
import { isUnsettled, type Execution } from '../../../lib/domain/execution.ts'
import {
  asEpochMs,
  asMonotonicMs,
  floorToMinute,
  formatInstant,
  instant,
  momentOf,
  plusSeconds,
} from '../../../lib/domain/time.ts'
import type { OrderRequest } from '../../../lib/ports/broker.ts'
import type { NamedFlagReading } from '../../../lib/ports/flag-source.ts'
import type { LaneStore } from '../../../lib/ports/lane-store.ts'
import { catalogHash } from '../../../lib/strategy/compile.ts'
import { builtinRegistry } from '../../../lib/strategy/registry.ts'
import { withSwitch } from '../flag-readings.ts'
import { HandClock } from '../hand-clock.ts'
import { alwaysBuys, buyEverything } from './always-buys.ts'
import { seededRandom, type Random } from './random.ts'
import { interleaved, Scheduler, type Invocation, type SchedulerOptions } from './scheduler.ts'
import { SimulatedExchange } from './simulated-broker.ts'
import { narrated, type SimulatedEvent, type Tell } from './trace.ts'
import { silentTelemetry } from '../telemetry.ts'
import { ALPHA, aSignal, anAccount } from '../state-samples.ts'

const LABEL = ALPHA
const START = instant('2026-02-10T15:00:00Z')
const INVOCATION_SECONDS = 50

export interface WorldOptions extends SchedulerOptions {
  readonly uniqueIds: boolean
  /** Is told everything that happens; what happens does not depend on it. */
  readonly onEvent?: (event: SimulatedEvent) => void
}

export class World {
  readonly violations: string[] = []
  readonly exchange: SimulatedExchange
  readonly executions = new MemoryExecutionStore()
  readonly scheduler: Scheduler
  readonly #random: Random
  readonly #clock = new HandClock(START)
  readonly #lanes = new MemoryLaneStore()
  readonly #decisions = new MemoryDecisionStore()
  readonly #signals = new StoredSignalLog(new MemorySignalRows(), this.#clock, null)
  readonly #account = anAccount()
  readonly #rawSettings = {
    TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
    TRADING_ENABLED: 'true',
    TRADING_KILL_SWITCH_ENABLED: 'false',
    TRADING_CALENDAR: 'always',
    TRADING_SIGNAL_START: 'earliest',
    TRADING_SIGNAL_BATCH_SIZE: '3',
  }
  #tokens = 0
  #invocations = 0
  #seq = 0
  #killSwitchOnSince: number | null = null
  readonly #tell: Tell | null

  constructor(seed: number, options: WorldOptions) {
    const { onEvent } = options
    this.#tell = onEvent ? (who, what) => onEvent({ at: this.#clock.now(), who, what }) : null
    this.#random = seededRandom(seed)
    this.scheduler = new Scheduler(this.#clock, this.#random, options)
    this.exchange = new SimulatedExchange(
      this.#random,
      this.scheduler,
      this.#account.target,
      options.uniqueIds,
    )
    this.scheduler.onTime = () => this.#landOrders()
    this.scheduler.onDeath = ({ name }, cause) => this.#tell?.(name, `dies: ${cause}`)
  }

  async appendSignals(count: number): Promise<void> {
    for (let added = 0; added < count; added += 1) {
      this.#seq += 1
      await this.#signals.append(
        aSignal(this.#seq, {
          eventTs: this.#clock.now(),
          timeframe: '1Min',
          payload: { price: '100', macd: '1', macd_signal: '0', rsi14: '50' },
        }),
      )
      this.#tell?.('producer', `appends signal ${this.#seq}`)
    }
  }

  #landOrders(): void {
    const before = this.exchange.taken.length
    this.exchange.land()
    for (const clientOrderId of this.exchange.taken.slice(before))
      this.#tell?.('exchange', `${clientOrderId} lands`)
  }

  /** Starts `count` overlapping invocations for one tick and lets them run until all have ended or died. */
  async tick(count: number): Promise<void> {
    for (let started = 0; started < count; started += 1) this.#startInvocation()
    await this.scheduler.drain()
  }

  pass(seconds: number): void {
    this.#clock.advance(seconds * 1000)
    this.#landOrders()
  }

  setKillSwitch(on: boolean): void {
    if (on !== (this.#killSwitchOnSince !== null))
      this.#tell?.('operator', `kill switch ${on ? 'on' : 'off'}`)
    this.#killSwitchOnSince = on ? this.#clock.now() : null
  }

  async unsettled(): Promise<readonly Execution[]> {
    return (await this.allExecutions()).filter(({ state }) => isUnsettled(state))
  }

  async allExecutions(): Promise<readonly Execution[]> {
    const all: Execution[] = []
    for await (const execution of this.executions.listExecutions(LABEL)) all.push(execution)
    return all
  }

  lane() {
    return this.#lanes.readLane(LABEL, 'ta')
  }

  #startInvocation(): void {
    this.#invocations += 1
    const invocation: Invocation = {
      name: `invocation ${this.#invocations}`,
      deadline: plusSeconds(this.#clock.now(), INVOCATION_SECONDS),
      alive: true,
    }
    const { deadline } = invocation
    const time = {
      totalMs: INVOCATION_SECONDS * 1000,
      remainingMs: () => deadline - this.#clock.now(),
    }
    const wire = laneWiring(this.#ports(invocation))
    const message = {
      kind: 'cycle' as const,
      tickAt: floorToMinute(this.#clock.now()),
      account: this.#account,
      settings: this.#rawSettings,
      killSwitchOn: this.#killSwitchOnSince !== null,
      admitted: true,
      catalogHash: catalogHash(buyEverything),
    }
    this.#tell?.(invocation.name, `starts: tick of ${formatInstant(message.tickAt)}`)
    this.scheduler.start(
      invocation,
      async (): Promise<LaneRun> => {
        const run = await runLane(message, wire(message, { deadline, time }))
        this.#tell?.(invocation.name, `ends: ${Object.values(run).join(' ')}`)
        return run
      },
      (error) => this.#breach(`${invocation.name} failed: ${String(error)}`),
    )
  }

  #ports(invocation: Invocation): LanePorts {
    const clock = this.#clock
    const through = <Port extends object>(name: string, port: Port): Port =>
      narrated(interleaved(port, this.scheduler, invocation), name, invocation.name, this.#tell)
    const { label, target } = this.#account
    const broker = this.exchange.connect(invocation, (order) => this.#checkPost(order))
    const told = <Port extends object>(name: string, port: Port): Port =>
      narrated(port, name, invocation.name, this.#tell)
    return {
      lanes: through('lanes', this.#watchedLanes()),
      decisions: through('decisions', this.#decisions),
      executions: through('executions', this.executions),
      orderEvents: new MemoryOrderEventStore(clock),
      signals: through('signals', this.#signals),
      catalog: {
        currentHash: async () => catalogHash(buyEverything),
        readRevision: async (hash) => ({ hash, strategies: buyEverything }),
      },
      registry: builtinRegistry([alwaysBuys]),
      environment: { TRADING_ACCOUNTS_JSON: JSON.stringify([{ label, base_url: target.baseUrl }]) },
      flags: told('flags', { readNamed: async () => this.#readFlags() }),
      roster: { readEntry: async () => null },
      gateway: () => ({ connect: async () => told('broker', broker) }),
      randomness: { token: () => `token-${(this.#tokens += 1)}` },
      clock,
      telemetry: silentTelemetry,
      codeVersion: 'simulation',
    }
  }

  #breach(violation: string): void {
    this.violations.push(violation)
    this.#tell?.('CHECK', violation)
  }

  /** A reading whose attempt began up to 1.2 s ago. */
  #readFlags(): NamedFlagReading {
    const age = this.#random.below(1200)
    const { wall, monotonic } = momentOf(this.#clock)
    const readAt = { wall: asEpochMs(wall - age), monotonic: asMonotonicMs(monotonic - age) }
    const on = this.#killSwitchOnSince !== null && this.#killSwitchOnSince <= readAt.wall
    return { values: withSwitch(this.#rawSettings, on ? 'on' : 'off'), versions: {}, readAt }
  }

  /** Decision first and kill switch, at the moment a submission starts. */
  #checkPost(order: OrderRequest): void {
    const since = this.#killSwitchOnSince
    if (since !== null && this.#clock.now() - since > 5000) this.#breach('POST while the kill switch is on')
    void this.#checkStored(order)
  }

  async #checkStored(order: OrderRequest): Promise<void> {
    const execution = await this.executions.readExecution(LABEL, order.clientOrderId)
    if (execution?.claim === undefined || execution.claim === null) {
      this.#breach(`POST of ${order.clientOrderId} without a claimed execution`)
      return
    }
    const decision = await this.#decisions.readDecision(LABEL, execution.decisionId)
    const equal = decision?.quantity === order.quantity && decision.side === order.side
    if (!equal) this.#breach(`POST of ${order.clientOrderId} differs from its decision`)
  }

  /** Cursor and version, at each commit. */
  #watchedLanes(): LaneStore {
    const lanes = this.#lanes
    return {
      readLane: (account, source) => lanes.readLane(account, source),
      createLane: (lane) => lanes.createLane(lane),
      readCycle: (account, source, version) => lanes.readCycle(account, source, version),
      fits: (record) => lanes.fits(record),
      listCycles: (account, source) => lanes.listCycles(account, source),
      sealCycle: (record) => lanes.sealCycle(record),
      note: (account, source, notes) => lanes.note(account, source, notes),
      resume: (account, source) => lanes.resume(account, source),
      halt: (account, source, reason) => {
        this.#breach(`halted: ${reason}`)
        return lanes.halt(account, source, reason)
      },
      commit: async (lane) => {
        const before = await lanes.readLane(lane.accountLabel, lane.source)
        const outcome = await lanes.commit(lane)
        if (outcome.kind === 'committed' && before !== null && before.version !== lane.version) {
          if (lane.cursor < before.cursor) this.#breach('the cursor moved back')
          if (lane.version !== before.version + 1) this.#breach('the lane version jumped')
        }
        return outcome
      },
    }
  }
}
