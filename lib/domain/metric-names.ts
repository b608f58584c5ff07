/**
 * Names of metrics that alarms and the dashboard watch (docs/architecture.md#metrics). The functions emit them
 * under these names; everything else about telemetry is the adapter's business.
 */
export const METRIC_NAMESPACE = 'Torghut'

export const METRICS = {
  /** Cycles, whatever came of them (`outcome` is a property of the record). */
  laneCycles: 'lane_cycles_total',
  /** Cycles that failed and were acknowledged; the next tick catches up. */
  laneCycleFailures: 'lane_cycle_failures_total',
  /** Seconds between a tick and the start of its cycle. */
  laneCycleAge: 'lane_cycle_age_seconds',
  /** A lane stopped until an operator acts: a plan of an unknown schema, an order unlike its decision. */
  laneHalts: 'lane_halted_total',
  /** Ticks that the lane queue did not take. */
  dispatchFailures: 'dispatch_failed_total',
  ordersSubmitted: 'orders_submitted_total',
  ordersDenied: 'orders_denied_total',
  killSwitchBlocks: 'kill_switch_blocks_total',
} as const
