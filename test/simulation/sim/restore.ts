/**
 * A restore of the tables to an earlier moment, step by step as docs/operations.md#restoring-the-tables says: the kill
 * switch on, nothing running, the tables put back, new processes, lanes that catch up under the switch, what was lost
 * named, the switch off.
 */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import { asEpochMs } from '../../../lib/domain/time.ts'
import { lostOrders } from '../../../lib/operations/lost-orders.ts'
import type { TableSnapshot, SimulatedTable } from '../../support/simulated-dynamodb/table.ts'
import type { Checker } from './checker.ts'
import type { Cloud } from './cloud.ts'
import type { FifoQueue } from './fifo-queue.ts'
import type { Kernel } from './kernel.ts'
import type { Operator } from './operator.ts'
import type { Scenario } from './scenario.ts'
import type { Schedule } from './schedule.ts'
import type { Stage } from './stage.ts'

const MINUTE = 60_000
/** Until every lane has caught up; lanes that stand still after that are a violation. */
const MOST_TICKS = { calm: 5, troubled: 20 }
/** An operator asks again when a command has failed. */
const MOST_ASKED = 20

export interface RestoreWorld {
  readonly kernel: Kernel
  readonly cloud: Cloud
  readonly stage: Stage
  readonly operator: Operator
  readonly schedule: Schedule
  readonly checker: Checker
  readonly tables: readonly SimulatedTable[]
  readonly scenario: Scenario
  /** Where signals come from. */
  readonly signals: FifoQueue
  pump(): void
}

export class Restore {
  readonly #world: RestoreWorld
  #kept: { readonly at: number; readonly snapshots: readonly TableSnapshot[] } | null = null

  constructor(world: RestoreWorld) {
    this.#world = world
  }

  /** The moment that the tables will be put back to. */
  keep(): void {
    const { tables, kernel } = this.#world
    this.#kept = { at: kernel.now, snapshots: tables.map((table) => table.snapshot()) }
  }

  /** Follows the runbook, from a tick on; returns how many ticks it took. */
  async follow(first: number, minuteOf: (tick: number) => number): Promise<number> {
    const { kernel, cloud, stage, schedule, checker, tables, signals, scenario } = this.#world
    const { special } = scenario
    const most = special?.kind === 'troubled_restore' ? MOST_TICKS.troubled : MOST_TICKS.calm
    if (this.#kept === null) throw new Error('no moment was kept')
    const { at, snapshots } = this.#kept
    // 1. the kill switch on, and 2. nothing runs any more
    stage.setKillSwitch(true, null)
    cloud.stop()
    await kernel.runUntil(minuteOf(first + 2) - 1)
    // whoever had it on for another reason may have switched it off meanwhile
    stage.setKillSwitch(true, null)
    // 3. the tables as they were
    for (const [index, table] of tables.entries()) table.restore(snapshots[index] ?? [], at)
    kernel.trace.add(`${kernel.now} the tables are put back to ${at}`)
    checker.tablesRestored(tables, signals.waiting())
    // 4. new processes: old ones remember where the log ended
    if (special?.kind !== 'warm_restore') cloud.deploy()
    cloud.start()
    // 5. under the switch, lanes catch up
    this.#world.pump()
    let tick = first + 2
    do {
      schedule.tick(tick, minuteOf(tick))
      await kernel.runUntil(minuteOf(tick + 1) - 1)
      tick += 1
    } while (!checker.hasCaughtUp() && tick < first + 2 + most)
    // 6. what was lost is named
    await this.#nameLost(at)
    // 7. the switch off
    stage.setKillSwitch(false, null)
    return tick - first
  }

  async #nameLost(at: number): Promise<void> {
    const { operator, checker, kernel, scenario } = this.#world
    const named = new Set<string>()
    for (const label of scenario.accounts) {
      for (let asked = 0; !named.has(label) && asked < MOST_ASKED; asked += 1) {
        operator.asks('lane lost', async (host) => {
          const deployment = operator.deployment(host, label)
          const target = { mode: 'paper' as const, baseUrl: 'http://127.0.0.1:1' }
          const account = { label: accountLabel(label), target }
          const lost = await lostOrders(deployment, account, asEpochMs(at - MINUTE))
          named.add(label)
          checker.namedLost(
            label,
            lost.map(({ clientOrderId }) => clientOrderId),
          )
        })
        await kernel.runUntil(kernel.now + 5000)
      }
    }
  }
}
