/** Orders that no execution stands for: parked until somebody judges them (docs/architecture.md#external-orders). */
import type { AccountLabel } from '../domain/account-label.ts'
import type { UnmatchedOrder } from '../domain/unmatched-order.ts'

export interface UnmatchedOrderStore {
  /** Stores it as parked, unless the order is stored already, judged or not. */
  park(order: UnmatchedOrder): Promise<void>
  /** Stores what an order was found to be, unless that was done before; false: it was. */
  judge(order: UnmatchedOrder): Promise<boolean>
  /** Strongly consistent. */
  readUnmatched(account: AccountLabel, orderKey: string): Promise<UnmatchedOrder | null>
  /** Those that wait to be judged, from the index (eventually consistent), by their key. */
  listParked(account: AccountLabel): Promise<readonly UnmatchedOrder[]>
}
