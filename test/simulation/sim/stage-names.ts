/** Names of the simulated stage. */
export const FLAGS_PATH = '/torghut/sim/flags'
export const CREDENTIALS_PATH = '/torghut-credentials/sim'
export const TABLES = { state: 'state', signals: 'signals' }
export const RETENTION_DAYS = 7
export const KILL_SWITCH = 'TRADING_KILL_SWITCH_ENABLED'
