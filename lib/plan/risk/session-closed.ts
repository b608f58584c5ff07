import type { RiskCheck } from './context.ts'

/** The symbol's market has no regular session at the tick. */
export const sessionClosed: RiskCheck = ({ symbol }, { calendar, tickAt }) =>
  calendar.sessionAt(symbol, tickAt) === null ? 'session_closed' : null
