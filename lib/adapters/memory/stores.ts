/** All state ports in memory. */
import type { Clock } from '../../ports/clock.ts'
import type { StateStores } from '../../ports/state-stores.ts'
import type { RetentionDays } from '../../domain/retention.ts'
import { MemoryBrokerAccounts } from './broker-accounts.ts'
import { MemoryDecisionStore } from './decision-store.ts'
import { MemoryExecutionStore } from './execution-store.ts'
import { MemoryLaneStore } from './lane-store.ts'
import { MemoryOrderEventStore } from './order-event-store.ts'
import { MemorySignalLog } from './signal-log.ts'
import { MemoryStrategyCatalog } from './strategy-catalog.ts'

export function memoryStores(clock: Clock, retentionDays: RetentionDays = null): StateStores {
  return {
    lanes: new MemoryLaneStore(),
    decisions: new MemoryDecisionStore(),
    executions: new MemoryExecutionStore(),
    orderEvents: new MemoryOrderEventStore(clock, retentionDays),
    signals: new MemorySignalLog(clock, retentionDays),
    catalog: new MemoryStrategyCatalog(),
    brokerAccounts: new MemoryBrokerAccounts(),
  }
}
