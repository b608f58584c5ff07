/** The schedule of a stage: ticks that are lost, late, delivered twice or from the future, and what else a minute brings. */
import { asEpochMs, formatInstant } from '../../../lib/domain/time.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Host } from './host.ts'
import type { FeatureService } from './feature-service.ts'
import type { Kernel } from './kernel.ts'
import type { Producer } from './producer.ts'
import type { Operator } from './operator.ts'
import { type Stream, streamOf } from './random.ts'

export interface ScheduleOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly exchange: SimulatedExchange
  /** When the exchange's session ends; null: never. */
  readonly closesAt: number | null
  readonly cloud: Cloud
  readonly lane: FunctionSpec
  readonly producer: Producer
  readonly operator: Operator
  readonly features: FeatureService | null
  readonly dispatch: (host: Host, scheduledAt: number) => Promise<void>
}

const MINUTE = 60_000
const TIMEOUT_MS = 30_000
/** Large records cost time, and are all alike. */
const LARGE_WEIGHT = 0.15
const FUTURE_WEIGHT = 0.15
/** Only some stages ask a service. */
const OFF_WEIGHT = 2
const UNUSABLE_WEIGHT = 0.3
const TROUBLE_WEIGHT = 0.4
/** While the tick's cycles run. */
const IN_MID_CYCLE_MS = 4000

const OPERATOR_FAULTS = [
  'operator_kill_on',
  'operator_flags_set',
  'operator_lane_resume',
  'operator_redrive',
  'operator_registry_move',
] as const

export class Schedule {
  readonly #options: ScheduleOptions
  readonly #random: Stream
  /** For what came later, so that the first stream's draws stay as they are. */
  readonly #others: Stream

  constructor(options: ScheduleOptions) {
    this.#options = options
    this.#others = streamOf(options.seed, 'schedule, others')
    this.#random = streamOf(options.seed, 'schedule')
  }

  /** Everything that the minute beginning at `at` brings. */
  tick(tick: number, at: number): void {
    const { faults, closesAt, producer } = this.#options
    this.#around(tick, at)
    if (closesAt !== null && at >= closesAt) faults.note(`closed ${tick}`, 'market_closed')
    if (faults.at(`large ${tick}`, ['record_too_large'], LARGE_WEIGHT) !== null) producer.sendLarge(at)
    if (faults.at(`future ${tick}`, ['tick_from_future'], FUTURE_WEIGHT) !== null) {
      this.#dispatch(at + this.#random.between(600_000, 7_200_000), at + this.#random.below(MINUTE), 0)
    }
    const fault = faults.at(`tick ${tick}`, ['tick_lost', 'tick_duplicated', 'tick_late'])
    if (fault === 'tick_lost') return
    const delay = fault === 'tick_late' ? this.#random.between(5_000, 200_000) : this.#random.below(2000)
    this.#dispatch(at, at + delay, 0)
    if (fault === 'tick_duplicated') this.#dispatch(at, at + delay + this.#random.below(30_000), 0)
  }

  #around(tick: number, at: number): void {
    const { kernel, faults, cloud, exchange, operator, features } = this.#options
    if (faults.at(`deploy ${tick}`, ['deploy']) !== null) {
      kernel.at(at + this.#random.below(MINUTE), () => cloud.deploy())
    }
    if (faults.at(`outage ${tick}`, ['broker_outage']) !== null) {
      const lasts = this.#random.between(5_000, 150_000)
      kernel.at(at + this.#random.below(MINUTE), () => {
        exchange.outUntil = kernel.now + lasts
      })
    }
    if (features !== null && faults.at(`feature ${tick}`, ['feature_off'], OFF_WEIGHT) !== null) {
      // mostly while the tick is dispatched
      const off = at + this.#random.below(this.#random.pick([2100, MINUTE]))
      kernel.at(off, () => (features.isOn = false))
      kernel.at(off + this.#random.below(90_000), () => (features.isOn = true))
    }
    this.#brokerTroubles(tick, at)
    const unusable = faults.at(`unusable ${tick}`, ['signal_too_large', 'impossible_date'], UNUSABLE_WEIGHT)
    if (unusable !== null) {
      kernel.at(at + this.#others.below(MINUTE), () => this.#options.producer.sendUnusable(unusable))
    }
    const verb = faults.at(`operator ${tick}`, OPERATOR_FAULTS)
    if (verb === null) return
    const soon = at + this.#random.below(IN_MID_CYCLE_MS)
    kernel.at(soon, () => operator.does(verb))
    const back = soon + this.#random.between(1000, 90_000)
    if (verb === 'operator_kill_on') kernel.at(back, () => operator.does('operator_kill_off'))
  }

  #brokerTroubles(tick: number, at: number): void {
    const { kernel, faults, exchange } = this.#options
    const trouble = faults.at(`broker ${tick}`, ['broker_hangs', 'account_unreadable'], TROUBLE_WEIGHT)
    if (trouble === null) return
    const lasts = this.#others.between(20_000, 90_000)
    kernel.at(at + this.#others.below(MINUTE), () => {
      if (trouble === 'broker_hangs') exchange.hangsUntil = kernel.now + lasts
      else exchange.accountUnreadableUntil = kernel.now + lasts
    })
  }

  /** The schedule invokes asynchronously: what fails is tried twice more. */
  #dispatch(scheduledAt: number, at: number, tries: number): void {
    const { kernel, cloud, lane, dispatch } = this.#options
    const name = `dispatch:${formatInstant(asEpochMs(scheduledAt)).slice(11, 16)}`
    kernel.at(at, () => {
      cloud.invoke(
        'dispatch',
        name,
        TIMEOUT_MS,
        (host) => dispatch(host, scheduledAt),
        (ok) => {
          cloud.pump(lane)
          if (!ok && tries < 2) this.#dispatch(scheduledAt, kernel.now + (tries + 1) * MINUTE, tries + 1)
        },
      )
    })
  }
}
