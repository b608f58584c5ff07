/** Whether the order that the broker holds under our id is the one that we meant: field by field, as people read it. */
import { formatDecimal } from '../domain/decimal.ts'
import type { Execution } from '../domain/execution.ts'
import { spelled } from '../domain/symbol.ts'
import type { BrokerOrder, OrderRequest } from '../ports/broker.ts'

export interface OrderDifference {
  readonly field: keyof OrderRequest
  readonly ours: string
  readonly theirs: string
}

const COMPARED = ['clientOrderId', 'symbol', 'side', 'quantity', 'timeInForce', 'limitPrice'] as const

/** Empty when the order is the execution's. */
export function orderDifferences(execution: Execution, order: BrokerOrder): readonly OrderDifference[] {
  // an execution of an earlier version may spell its symbol otherwise
  const ours = { ...execution, symbol: spelled(execution.symbol) }
  return COMPARED.filter((field) => ours[field] !== order[field]).map((field) => ({
    field,
    ours: asText(ours[field]),
    theirs: asText(order[field]),
  }))
}

export function differenceText({ field, ours, theirs }: OrderDifference): string {
  return `${field}: ours ${ours}, broker's ${theirs}`
}

function asText(value: Execution[(typeof COMPARED)[number]]): string {
  if (value === null) return 'none'
  return typeof value === 'bigint' ? formatDecimal(value) : value
}
