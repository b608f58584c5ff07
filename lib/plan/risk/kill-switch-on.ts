import type { RiskCheck } from './context.ts'

/** The kill switch was on when the tick was dispatched. The firewall asks again before each order. */
export const killSwitchOn: RiskCheck = (_decision, { killSwitchOn: on }) => (on ? 'kill_switch_on' : null)
