import type { RiskCheck } from './context.ts'

/** The signal has no price that an order could be sized with: none, zero or negative. */
export const missingPrice: RiskCheck = ({ price }) => (price !== null && price > 0n ? null : 'missing_price')
