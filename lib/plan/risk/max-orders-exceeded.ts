import type { RiskCheck } from './context.ts'

/** The cycle has accepted `TRADING_MAX_ORDERS_PER_CYCLE` orders already. */
export const maxOrdersExceeded: RiskCheck = (_decision, { settings, projection }) =>
  projection.acceptedOrders >= settings.maxOrdersPerCycle ? 'max_orders_exceeded' : null
