/**
 * What the broker would refuse of a sealed plan, read from the raw attributes: an order that takes a position of the
 * plan's own snapshot through zero, or sells coins that are not held.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import { text } from './stored.ts'

/** Quantities have eight fractional digits. */
const UNITS = 1e8

export function judgeShapes(record: Attributes): readonly Finding[] {
  const inputs = record['inputs']?.M ?? {}
  const snapshot = inputs['snapshot']?.M ?? {}
  const lists = [
    rows(snapshot['positions']),
    rows(snapshot['open_orders']),
    rows(inputs['unsettled']),
    rows(record['plan']?.M?.['decisions']),
  ]
  // packed ones are not looked into
  if (lists.includes(null)) return []
  const [positions = [], open = [], unsettled = [], decisions = []] = lists as Attributes[][]
  const listed = new Set(open.map((order) => text(order, 'client_order_id')))
  const waiting = unsettled.filter((order) => !listed.has(text(order, 'client_order_id')))
  const accepted = decisions.filter((decision) => decision['outcome']?.M?.['kind']?.S === 'accepted')
  return [...new Set(accepted.map((decision) => text(decision, 'symbol')))].flatMap((symbol): Finding[] => {
    const of = (orders: readonly Attributes[]) => orders.filter((order) => text(order, 'symbol') === symbol)
    const held = sum(of(positions), (position) => units(position, 'quantity'))
    const closing = held < 0 ? 'buy' : 'sell'
    const onSide = (orders: readonly Attributes[]) =>
      of(orders).filter((order) => text(order, 'side') === closing)
    const ours = sum(onSide(accepted), (order) => units(order, 'quantity'))
    const before = sum(
      [...onSide(open), ...onSide(waiting)],
      (order) => units(order, 'quantity') - units(order, 'filled_quantity'),
    )
    const mayOpen = held === 0 && !symbol.includes('/')
    if (ours === 0 || mayOpen || ours + before <= Math.abs(held)) return []
    return [
      ['sizing', `${symbol}: ${closing} ${ours / UNITS} beside ${before / UNITS}, held ${held / UNITS}`],
    ]
  })
}

function rows(list: AttributeValue | undefined): Attributes[] | null {
  return list?.L?.map(({ M: row = {} }) => row) ?? null
}

function units(row: Attributes, name: string): number {
  return Math.round(Number(row[name]?.S ?? 0) * UNITS)
}

function sum(orders: readonly Attributes[], of: (order: Attributes) => number): number {
  return orders.reduce((total, order) => total + of(order), 0)
}
