/** Somebody else in the account, who is faster under the very id of an order of ours. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import { text } from './stored.ts'

/** A halted lane shows little else. */
const FOREIGN_WEIGHT = 0.12

/** `decision`: one that has just been stored. */
export function meetForeign(decision: Attributes, faults: FaultSource, exchange: SimulatedExchange): void {
  const id = text(decision, 'client_order_id')
  if (decision['outcome']?.M?.['kind']?.S !== 'accepted') return
  if (faults.at(`foreign ${id}`, ['foreign_order'], FOREIGN_WEIGHT) === null) return
  exchange.placeForeign(text(decision, 'alpaca_account_label'), id, text(decision, 'symbol'))
}
