/** The course of a run: what happens to a stage from its deployment to the last calm tick. */
import type { RawValues } from '../../../lib/domain/settings.ts'
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import type { Checker } from './checker.ts'
import type { Cloud } from './cloud.ts'
import type { DeployedFunctions } from './deployed.ts'
import { type DriftWorld, reconcileCrowd, reconcileTwice } from './drift.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { Expiring } from './expiring.ts'
import type { FaultKind, FaultSource } from './faults.ts'
import type { Kernel } from './kernel.ts'
import type { Market } from './market.ts'
import type { Companion } from './long-processes.ts'
import { catalogOf } from './market-reader.ts'
import type { Producer } from './producer.ts'
import type { Restore } from './restore.ts'
import type { OperatorAction, Scenario, ScenarioSignal } from './scenario.ts'
import type { Schedule } from './schedule.ts'
import { type CourseWorld, isSilent, lateMs, passTick, pauseMs } from './special-course.ts'
import type { Stage } from './stage.ts'
import type { Timetable } from './timetable.ts'

/** Every how many seeds `reconcile` is asked twice at the end. */
const SEEDS_PER_DRIFT = 5
const MINUTE = 60_000
/** Some renewals of a lease, and longer than one lasts. */
const AROUND_A_PAUSE_MS = MINUTE
const TOUCH_THE_SWITCH: ReadonlySet<FaultKind> = new Set(['kill_switch_flip', 'operator_kill_on'])
/** How long the updates of the last tick may take. */
const LAST_UPDATES_MS = 30_000

export interface CourseParts {
  readonly seed: number
  readonly scenario: Scenario
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly timetable: Timetable
  readonly checker: Checker
  readonly exchange: SimulatedExchange
  readonly tables: readonly SimulatedTable[]
  readonly stage: Stage
  readonly cloud: Cloud
  readonly functions: DeployedFunctions
  /** What the minutes bring beside the functions behind queues. */
  readonly companions: readonly Companion[]
  readonly market: Market
  readonly schedule: Schedule
  readonly producer: Producer
  readonly restore: Restore
  readonly expiring: Expiring
  /** The functions' own settings. */
  readonly environment: RawValues
}

export class Course {
  /** Its ticks have passed. */
  isOver = false
  readonly #parts: CourseParts

  constructor(parts: CourseParts) {
    this.#parts = parts
  }

  async run(): Promise<void> {
    const { scenario, seed, kernel, faults, timetable, stage, companions, checker } = this.#parts
    const { special } = scenario
    await stage.deploy(timetable.start)
    if (scenario.unreadableAccount !== null) faults.note('deploy', 'unreadable_account')
    if (scenario.feed === 'silent') faults.note('deploy', 'feed_silent')
    if (scenario.retentionAtTick !== null) timetable.pause(scenario.retentionAtTick, pauseMs(special))
    this.#plan(scenario.signals)
    for (const action of scenario.actions) {
      kernel.at(timetable.minuteOf(action.tick) + action.afterMs, () => this.#operate(action))
    }
    for (const one of companions) one.start()
    await this.#passTicks()
    if (faults.active) this.#calm()
    await kernel.runUntil(kernel.now + LAST_UPDATES_MS)
    if (seed % SEEDS_PER_DRIFT === 0 && scenario.lookupLagMs === 0) await reconcileTwice(this.#driftWorld())
    this.isOver = true
    if (special?.kind === 'crowd') await reconcileCrowd(this.#driftWorld())
    checker.finish()
  }

  async #passTicks(): Promise<void> {
    const { scenario, kernel, timetable, cloud, functions, companions, checker } = this.#parts
    const { schedule, market, restore } = this.#parts
    const { ticks, calmTicks, special } = scenario
    const isPlain = special === null && isUnbroken(scenario)
    let after = 0
    for (let tick = 0; tick < ticks + calmTicks + after && !this.#isDone(tick - after); tick += 1) {
      if (tick === scenario.retentionAtTick) this.#passRetention(tick)
      if (tick === ticks && special?.kind !== 'troubled_restore') this.#calm()
      if (tick === scenario.restoreToTick) restore.keep()
      // what faults made dead letters is given back
      if (tick >= ticks) cloud.redrive(Object.values(functions))
      if (tick === ticks && scenario.restoreToTick !== null) {
        after = await this.#restoreTables(tick)
        tick += after
        if (special?.kind === 'troubled_restore') this.#calm()
      }
      await passTick(special, tick, this.#courseWorld)
      if (!isSilent(special, tick)) schedule.tick(tick, timetable.minuteOf(tick))
      for (const one of companions) one.tick(tick, timetable.minuteOf(tick))
      if (tick + 1 === scenario.retentionAtTick) await this.#passDays(tick)
      await kernel.runUntil(timetable.minuteOf(tick + 1) - 1)
      if (tick === ticks + 1 && isPlain) checker.heardOfAll()
      market.trade(tick)
    }
  }

  /** Whether the faults have stopped for a tick and nothing is left to do. */
  #isDone(tick: number): boolean {
    const { scenario, functions, checker } = this.#parts
    const waiting = Object.values(functions).some(({ queue }) => queue.messages.length > 0)
    return tick >= scenario.ticks + scenario.leastCalmTicks && !waiting && checker.isSettled()
  }

  /**
   * Days without a tick. What runs all the time runs for their first and their last minute alone: what it does between is
   * the same every few seconds.
   */
  async #passDays(tick: number): Promise<void> {
    const { kernel, timetable, companions } = this.#parts
    await kernel.runUntil(timetable.minuteOf(tick) + MINUTE + AROUND_A_PAUSE_MS)
    for (const one of companions) one.stop()
    await kernel.runUntil(timetable.minuteOf(tick + 1) - AROUND_A_PAUSE_MS)
    for (const one of companions) one.start()
  }

  /** What was kept for days is gone; then an old signal comes again. */
  #passRetention(tick: number): void {
    const { kernel, tables, checker, functions, faults, producer } = this.#parts
    const { scenario, expiring, cloud } = this.#parts
    if (scenario.special?.kind === 'expiring') {
      checker.signalsExpired(functions.ingest.queue.waiting(), false)
      return expiring.comesAgain(producer, cloud, functions.ingest)
    }
    for (const table of tables) table.removeExpired(kernel.now)
    checker.signalsExpired(functions.ingest.queue.waiting())
    faults.note(`retention ${tick}`, 'sent_again_after_retention')
    producer.sendAgain()
  }

  #plan(signals: readonly ScenarioSignal[]): void {
    const { kernel, scenario, timetable, producer } = this.#parts
    const { special } = scenario
    if (special?.kind === 'crowd') {
      return kernel.at(timetable.minuteOf(0), () => producer.sendTogether(signals))
    }
    for (const signal of signals) {
      const at = timetable.minuteOf(signal.tick) + lateMs(special) + signal.afterMs
      kernel.at(at, () => producer.send(signal))
    }
  }

  #driftWorld(): DriftWorld {
    const { kernel, cloud, functions, checker, scenario, environment } = this.#parts
    const { accounts } = scenario
    const { hash: catalogHash } = catalogOf(scenario)
    return { kernel, cloud, lane: functions.lane, checker, accounts, settings: environment, catalogHash }
  }

  /** Returns how many ticks it took. */
  async #restoreTables(tick: number): Promise<number> {
    const { faults, restore, timetable, producer, companions } = this.#parts
    faults.note(`restore ${tick}`, 'tables_restored')
    // nobody touches the switch while the operator has it on
    faults.excluded = TOUCH_THE_SWITCH
    for (const one of companions) one.stop()
    const took = await restore.follow(tick, (one) => timetable.minuteOf(one))
    for (const one of companions) one.start()
    faults.excluded = new Set()
    producer.send({ symbol: 'AAPL', wish: 'buy', price: '100' })
    return took
  }

  get #courseWorld(): CourseWorld {
    const { stage, exchange, faults, timetable } = this.#parts
    return { stage, exchange, faults, minuteOf: (tick) => timetable.minuteOf(tick) }
  }

  /** From here on nothing fails any more, and an operator has seen to what lay about. */
  #calm(): void {
    const { kernel, faults, exchange, stage, checker } = this.#parts
    kernel.trace.add(`${kernel.now} the faults stop`)
    faults.active = false
    exchange.recover()
    stage.restore()
    checker.calm()
  }

  #operate({ kind, account }: OperatorAction): void {
    const { faults, stage } = this.#parts
    if (faults.active) stage.setKillSwitch(kind === 'kill_on', account)
  }
}

/** Neither its tables go back nor does its retention pass. */
function isUnbroken({ restoreToTick, retentionAtTick }: Scenario): boolean {
  return restoreToTick === null && retentionAtTick === null
}
