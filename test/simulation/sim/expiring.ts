/**
 * A stage whose log has a position that was reserved and never filled: whoever had reserved it has died, and so has whoever came
 * after. Days later, about the second at which the reservation expires, its signal is given back and another one comes
 * (docs/architecture.md#signal-log).
 */
import type { SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import { type FaultKind, type FaultSource, REQUEST_FAULTS, SERVICE_FAULTS, WORLD_FAULTS } from './faults.ts'
import type { Kernel } from './kernel.ts'
import type { Producer } from './producer.ts'
import { type Stream, streamOf } from './random.ts'
import type { Request } from './request.ts'
import type { Scenario, ScenarioSignal } from './scenario.ts'
import { SIGNAL_SOURCE } from './stage-names.ts'
import { number } from './stored.ts'
import type { Timetable } from './timetable.ts'

const ROWS = `signals#${SIGNAL_SOURCE} `
const MARK = [{ S: `high_water#${SIGNAL_SOURCE}` }, { N: '0' }] as const
/** What makes appends overlap comes up all the time, and nothing that has to do with the market alone. */
const KINDS: ReadonlySet<FaultKind> = new Set([
  ...REQUEST_FAULTS,
  ...SERVICE_FAULTS,
  ...WORLD_FAULTS,
  'delivered_twice',
  'new_process',
  'reservation_abandoned',
])
const LEAST_REQUEST = 0.02
const SCENE = 1
/** What comes about the reservation's expiry comes so long before and after it. */
const BEFORE_MS = 2500
const AFTER_MS = 1000
const ORDER: Omit<ScenarioSignal, 'tick' | 'afterMs'> = { symbol: 'AAPL', wish: 'buy', price: '100' }

export function expiring(draw: Stream, scenario: Scenario): Scenario {
  const tick = draw.between(3, scenario.ticks - 1)
  const afterMs = draw.between(5000, 40_000)
  const others = scenario.signals.filter((signal) => signal.tick !== tick)
  return {
    ...scenario,
    retentionAtTick: tick,
    special: { kind: 'expiring', tick, afterMs },
    skewMs: draw.pick([500, 2000, 2000]),
    // what runs all the time has nothing to do with it, and costs time
    feed: scenario.feed === 'forwarders' ? 'queue' : scenario.feed,
    rates: { request: Math.max(LEAST_REQUEST, scenario.rates.request), scene: SCENE, kinds: KINDS },
    signals: [...others, { tick: tick - 1, afterMs, ...ORDER }],
  }
}

export interface ExpiringParts {
  readonly kernel: Kernel
  readonly seed: number
  readonly scenario: Scenario
  readonly timetable: Timetable
  readonly faults: FaultSource
  readonly tables: readonly SimulatedTable[]
}

/** What an append and its expiry are in such a world, and nothing in any other. */
export class Expiring {
  readonly #parts: ExpiringParts

  constructor(parts: ExpiringParts) {
    this.#parts = parts
  }

  /** Whether whoever sends it dies instead: a row would be put where none is to be. */
  kills({ operation, subject }: Pick<Request<unknown>, 'operation' | 'subject'>, place: string): boolean {
    const { kernel, scenario, timetable, faults } = this.#parts
    const { special } = scenario
    if (special?.kind !== 'expiring' || operation !== 'PutItem' || !subject.startsWith(ROWS)) return false
    const from = timetable.minuteOf(special.tick - 1) + special.afterMs
    const isKilled = kernel.now >= from && kernel.now < timetable.minuteOf(special.tick)
    if (isKilled) faults.note(place, 'reservation_abandoned')
    return isKilled
  }

  /** After the days: what was given up comes again, and another signal with it; the store removes what it removes when it likes. */
  comesAgain(producer: Producer, cloud: Cloud, ingest: FunctionSpec): void {
    const { kernel, tables, seed } = this.#parts
    const draw = streamOf(seed, 'expiring')
    const [, signals] = tables
    const mark = signals?.get(...MARK)
    if (mark == null) return
    const expiresAt = number(mark, 'row_expires_at') * 1000
    const aboutThen = (): number => expiresAt + draw.between(-BEFORE_MS, AFTER_MS)
    kernel.at(aboutThen(), () => cloud.redrive([ingest]))
    kernel.at(aboutThen(), () => producer.send(ORDER))
    for (const table of tables) {
      const removed = expiresAt + draw.below(draw.pick([2000, 60_000, 900_000]))
      kernel.at(removed, () => table.removeExpired(kernel.now))
    }
  }
}
