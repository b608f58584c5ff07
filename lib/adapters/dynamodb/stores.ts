/** All state ports on DynamoDB. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../ports/clock.ts'
import type { StateStores } from '../../ports/state-stores.ts'
import type { RetentionDays } from '../../domain/retention.ts'
import { DynamoAccountRoster } from './account-roster.ts'
import { DynamoBrokerAccounts } from './broker-accounts.ts'
import { DynamoDecisionStore } from './decision-store.ts'
import { DynamoSignalRows } from './signal-rows.ts'
import { DynamoExecutionStore } from './execution-store.ts'
import { ItemTable } from './table/item-table.ts'
import { DynamoLaneStore } from './lane-store.ts'
import { DynamoOrderEventStore } from './order-event-store.ts'
import { countsAsPast } from '../../strategy/history.ts'
import { StoredSignalLog } from '../../signals/stored-signal-log.ts'
import { DynamoUnmatchedOrderStore } from './unmatched-order-store.ts'
import { DynamoStrategyCatalog } from './strategy-catalog.ts'
import type { TableNames } from './table/tables.ts'
import { DynamoWaitingTicks } from './waiting-ticks.ts'

/** `retentionDays`: of signals, cycle records and order events; `keepsHistoryOf`: for runs of which nobody looks back. */
export function dynamoStores(
  client: DynamoDBClient,
  names: TableNames,
  clock: Clock,
  retentionDays: RetentionDays,
  keepsHistoryOf = countsAsPast,
): StateStores {
  const state = new ItemTable(client, names.state)
  const signals = new ItemTable(client, names.signals)
  return {
    lanes: new DynamoLaneStore(state, clock, retentionDays),
    decisions: new DynamoDecisionStore(state),
    executions: new DynamoExecutionStore(state),
    orderEvents: new DynamoOrderEventStore(state, clock, retentionDays),
    signals: new StoredSignalLog(new DynamoSignalRows(signals), clock, retentionDays, keepsHistoryOf),
    unmatchedOrders: new DynamoUnmatchedOrderStore(state, clock, retentionDays),
    waitingTicks: new DynamoWaitingTicks(state, clock),
    catalog: new DynamoStrategyCatalog(state),
    brokerAccounts: new DynamoBrokerAccounts(state),
    roster: new DynamoAccountRoster(state, clock),
  }
}
