/** All state ports in memory, for tests and benchmarks. */
import type { Clock } from '../../../lib/ports/clock.ts'
import type { StateStores } from '../../../lib/ports/state-stores.ts'
import type { RetentionDays } from '../../../lib/domain/retention.ts'
import { StoredSignalLog } from '../../../lib/signals/stored-signal-log.ts'
import { MemoryAccountRoster } from './account-roster.ts'
import { MemoryBrokerAccounts } from './broker-accounts.ts'
import { MemoryDecisionStore } from './decision-store.ts'
import { MemoryExecutionStore } from './execution-store.ts'
import { MemoryLaneStore } from './lane-store.ts'
import { MemoryOrderEventStore } from './order-event-store.ts'
import { MemorySignalRows } from './signal-rows.ts'
import { MemoryStrategyCatalog } from './strategy-catalog.ts'

export function memoryStores(clock: Clock, retentionDays: RetentionDays = null): StateStores {
  return {
    lanes: new MemoryLaneStore(),
    decisions: new MemoryDecisionStore(),
    executions: new MemoryExecutionStore(),
    orderEvents: new MemoryOrderEventStore(clock, retentionDays),
    signals: new StoredSignalLog(new MemorySignalRows(), clock, retentionDays),
    catalog: new MemoryStrategyCatalog(),
    brokerAccounts: new MemoryBrokerAccounts(),
    roster: new MemoryAccountRoster(),
  }
}
