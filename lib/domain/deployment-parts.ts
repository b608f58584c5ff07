/** The functions and queues that a deployment is made of, by the names that operators use. */
export const FUNCTION_NAMES = ['dispatch', 'lane', 'ingest', 'order-feed'] as const
/** These, and those that a deployment has where it is told to. */
export const ALL_FUNCTION_NAMES = [...FUNCTION_NAMES, 'digest', 'market-data'] as const
export type FunctionName = (typeof ALL_FUNCTION_NAMES)[number]

/** The queues that have a dead-letter queue of their own, `<name>-dead-letter`. */
export const QUEUE_NAMES = ['lane', 'signals', 'order-feed-v1', 'order-feed-v2'] as const
export type QueueName = (typeof QUEUE_NAMES)[number]

/** What an operator's tick calls its source; the trading window binds the schedule's own ticks alone. */
export const OPERATOR_SOURCE = 'torghut.operator'
/** What appended signals call it. */
export const SIGNALS_SOURCE = 'torghut.signals'
