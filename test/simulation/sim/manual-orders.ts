/** Somebody who trades in the account by hand, under an id of no strategy's making. */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'

export function tradeByHand(
  tick: number,
  label: string,
  faults: FaultSource,
  { core }: SimulatedExchange,
): void {
  if (faults.at(`by hand ${tick} ${label}`, ['manual_order']) === null) return
  core.placeOrder(accountLabel(label), {
    symbol: 'SPY',
    qty: '1',
    side: 'buy',
    type: 'market',
    time_in_force: 'day',
    client_order_id: `by-hand-${tick}`,
  })
}
