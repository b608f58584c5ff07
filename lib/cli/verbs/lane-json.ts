/** What `torghut lane show --json` prints. */
import { decimalText, instantText, integer, list, nullable, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { LaneInspection } from '../../operations/inspect-lane.ts'
import { differenceText } from '../../orders/order-differences.ts'

const sides = {
  symbol: text(),
  side: text(),
  quantity: decimalText,
  timeInForce: text(),
  /** Null: at the market. */
  limitPrice: nullable(decimalText),
  filledQuantity: decimalText,
}

const ours = record({ ...sides, state: text(), note: nullable(text()), updatedAt: instantText })
const theirs = record({ ...sides, alpacaOrderId: text(), status: text() })

const inspected = record({
  account: text(),
  source: text(),
  version: nullable(integer),
  cursor: nullable(integer),
  lag: nullable(integer),
  lastTickAt: nullable(instantText),
  halted: nullable(text()),
  openCircuits: list(text()),
  orders: list(
    record({
      clientOrderId: text(),
      ours,
      /** Null: the broker has none of this id, or could not be asked. */
      broker: nullable(theirs),
      /** Why the broker could not be asked. */
      unavailable: nullable(text()),
      differences: list(text()),
    }),
  ),
})

const NO_LANE = { version: null, cursor: null, lastTickAt: null, halted: null }

export function laneJson({ status, orders }: LaneInspection) {
  return inspected.encode({
    ...NO_LANE,
    ...status.lane,
    ...status,
    orders: orders.map(({ execution, lookup, differences }) => ({
      clientOrderId: execution.clientOrderId,
      ours: execution,
      broker: lookup.kind === 'found' ? lookup.order : null,
      unavailable: lookup.kind === 'unavailable' ? lookup.reason : null,
      differences: differences.map(differenceText),
    })),
  })
}
