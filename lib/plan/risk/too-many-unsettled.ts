import type { RiskCheck } from './context.ts'

/** More of them, and one more order whose fate may become unknown, is more than settling keeps up with. */
export const MOST_UNSETTLED = 20

/** The fate of more than 20 earlier orders is not known: no new order, whichever side. */
export const tooManyUnsettled: RiskCheck = (_decision, { projection }) =>
  projection.unsettledOrders > MOST_UNSETTLED ? 'too_many_unsettled' : null
