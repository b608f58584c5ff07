/** All state ports, as an adapter provides them together. */
import type { AccountRoster } from './account-roster.ts'
import type { BrokerAccounts } from './broker-accounts.ts'
import type { DecisionStore } from './decision-store.ts'
import type { ExecutionStore } from './execution-store.ts'
import type { LaneStore } from './lane-store.ts'
import type { OrderEventStore } from './order-event-store.ts'
import type { SignalLog } from './signal-log.ts'
import type { StrategyCatalog } from './strategy-catalog.ts'
import type { UnmatchedOrderStore } from './unmatched-order-store.ts'
import type { WaitingTicks } from './waiting-ticks.ts'

export interface StateStores {
  readonly lanes: LaneStore
  readonly decisions: DecisionStore
  readonly executions: ExecutionStore
  readonly orderEvents: OrderEventStore
  readonly unmatchedOrders: UnmatchedOrderStore
  readonly signals: SignalLog
  readonly waitingTicks: WaitingTicks
  readonly catalog: StrategyCatalog
  readonly brokerAccounts: BrokerAccounts
  readonly roster: AccountRoster
}
