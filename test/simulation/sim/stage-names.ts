/** Names of the simulated stage. */
import { deploymentNames, parseStage, type Stage } from '../../../lib/deployment/names.ts'

export const NAMES = deploymentNames(parseStage('sim') as Stage)
export const LANE_QUEUE = NAMES.queue('lane')
export const SIGNAL_QUEUE = NAMES.queue('signals')
export const UPDATE_QUEUE = NAMES.queue('order-feed-v2')
export const FLAGS_PATH = '/torghut/sim/flags'
export const CREDENTIALS_PATH = '/torghut-credentials/sim'
/** Of signals that producers send, and of those that the stage makes of bars itself. */
export const SIGNAL_SOURCE = 'ta'
export const MARKET_SOURCE = 'alpaca-iex'
export const TABLES = { state: 'state', signals: 'signals' }
export const RETENTION_DAYS = 7
export const KILL_SWITCH = 'TRADING_KILL_SWITCH_ENABLED'
