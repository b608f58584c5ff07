/** All state ports in memory: for backtests, tests and benchmarks. */
import type { CycleRecord } from '../../domain/plan.ts'
import type { Signal } from '../../domain/signal.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StateStores } from '../../ports/state-stores.ts'
import type { RetentionDays } from '../../domain/retention.ts'
import { countsAsPast } from '../../strategy/history.ts'
import { StoredSignalLog } from '../../signals/stored-signal-log.ts'
import { MemoryAccountRoster } from './account-roster.ts'
import { MemoryBrokerAccounts } from './broker-accounts.ts'
import { MemoryDecisionStore } from './decision-store.ts'
import { MemoryExecutionStore } from './execution-store.ts'
import { MemoryLaneStore } from './lane-store.ts'
import { MemoryOrderEventStore } from './order-event-store.ts'
import { MemorySignalRows } from './signal-rows.ts'
import { MemoryStrategyCatalog } from './strategy-catalog.ts'
import { MemoryUnmatchedOrderStore } from './unmatched-order-store.ts'
import { MemoryWaitingTicks } from './waiting-ticks.ts'

interface MemoryOptions {
  readonly keepsHistoryOf?: (signal: Signal) => boolean
  /** Those of the signal log, for who forgets what was read. */
  readonly signalRows?: MemorySignalRows
  /** Gets each record whose cycle is committed, which is kept no longer then; without it all are kept. */
  readonly onCommitted?: (record: CycleRecord) => void
}

export function memoryStores(
  clock: Clock,
  retentionDays: RetentionDays = null,
  { keepsHistoryOf = countsAsPast, signalRows, onCommitted }: MemoryOptions = {},
): StateStores {
  return {
    lanes: new MemoryLaneStore(onCommitted),
    decisions: new MemoryDecisionStore(),
    executions: new MemoryExecutionStore(),
    orderEvents: new MemoryOrderEventStore(clock, retentionDays),
    signals: new StoredSignalLog(signalRows ?? new MemorySignalRows(), clock, retentionDays, keepsHistoryOf),
    unmatchedOrders: new MemoryUnmatchedOrderStore(),
    waitingTicks: new MemoryWaitingTicks(clock),
    catalog: new MemoryStrategyCatalog(),
    brokerAccounts: new MemoryBrokerAccounts(),
    roster: new MemoryAccountRoster(),
  }
}
