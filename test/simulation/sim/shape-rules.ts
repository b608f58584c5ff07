/**
 * What the broker would refuse of a sealed plan, read from the raw attributes: an order that takes a position of the
 * plan's own snapshot through zero, sells coins that are not held, or has a limit that the broker does not take; and one that rests
 * somewhere, or costs more at its limit than its strategy may spend.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import { limitOf, text } from './stored.ts'

/** Quantities have eight fractional digits. */
const UNITS = 1e8
/** What the simulation's strategy may spend on one order. */
const MOST_NOTIONAL = 1000
/** Of a cost as a double. */
const ROUNDED = 1e-6

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
  const limited = accepted.flatMap(judgeLimit)
  const crossing = [...new Set(accepted.map((decision) => text(decision, 'symbol')))].flatMap(
    (symbol): Finding[] => {
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
    },
  )
  return [...limited, ...crossing]
}

/** Shares are priced in cents from a dollar on; all of the simulation's are dearer. */
function judgeLimit(decision: Attributes): readonly Finding[] {
  const [symbol, side, rests] = ['symbol', 'side', 'time_in_force'].map((name) => text(decision, name))
  const limit = limitOf(decision)
  if (limit === null) return rests === 'ioc' ? [['sizing', `${symbol}: ioc at the market`]] : []
  const found: Finding[] = []
  if (rests !== 'ioc') found.push(['sizing', `${symbol}: a limit order rests ${rests}`])
  const cents = Math.round(limit * UNITS) / (UNITS / 100)
  if (symbol?.includes('/') === false && !Number.isInteger(cents)) {
    found.push(['sizing', `${symbol}: a limit of ${limit}`])
  }
  const cost = (units(decision, 'quantity') / UNITS) * limit
  if (side === 'buy' && cost > MOST_NOTIONAL + ROUNDED)
    found.push(['sizing', `${symbol}: bought for up to ${cost}`])
  return found
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
