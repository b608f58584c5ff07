/**
 * Every metric that the system emits (docs/architecture.md#metrics). Telemetry and plans count under these names
 * and no others; alarms and the dashboard watch some of them. Names are only ever added: stored records hold them.
 */
export const METRIC_NAMESPACE = 'Torghut'

export const METRICS = {
  /** Signals that strategies were asked about, once per strategy. */
  strategyEvents: 'strategy_events_total',
  strategyIntents: 'strategy_intents_total',
  strategyErrors: 'strategy_errors_total',
  /** Milliseconds that a plan took. */
  strategyLatency: 'strategy_latency_ms',
  strategyCircuitsOpened: 'strategy_circuits_opened_total',
  intentConflicts: 'intent_conflict_total',
  /** Failures of a plugin's own code, which cost no other plugin its evaluation. */
  isolatedFailures: 'strategy_runtime_isolated_failures_total',
  runtimeFallbacks: 'strategy_runtime_fallback_total',
  legacyPath: 'strategy_runtime_legacy_path_total',
  shadowDivergences: 'strategy_shadow_divergence_total',
  /** Cycles, whatever came of them (`outcome` is a property of the record). */
  laneCycles: 'lane_cycles_total',
  /** Cycles that failed and were acknowledged; the next tick catches up. */
  laneCycleFailures: 'lane_cycle_failures_total',
  /** Seconds between a tick and the start of its cycle. */
  laneCycleAge: 'lane_cycle_age_seconds',
  /** Ticks that were too old when they came. */
  laneTicksDropped: 'lane_ticks_dropped_total',
  /** A lane stopped until an operator acts: a plan of an unknown schema, an order unlike its decision. */
  laneHalts: 'lane_halted_total',
  /** Runs that ended out of time in a plan that an earlier run had begun. */
  laneStalls: 'lane_stalled_total',
  /** Sealed decisions that were skipped, since another one of their id was stored before. */
  decisionsStanding: 'decisions_standing_total',
  /** The heartbeat: ticks that reached the dispatcher, counted before anything can fail. */
  dispatchTicks: 'dispatch_ticks_total',
  /** Ticks after signals that reached the dispatcher; the heartbeat does not count them. */
  signalTicks: 'dispatch_signal_ticks_total',
  /** Signals after which the dispatcher could not be asked for a tick. */
  ticksNotAskedFor: 'ingest_ticks_not_asked_total',
  dispatchedMessages: 'dispatch_messages_total',
  /** Ticks that the lane queue did not take. */
  dispatchFailures: 'dispatch_failed_total',
  /** Accounts whose open work the dispatcher could not read. */
  dispatchUnreadable: 'dispatch_unreadable_total',
  /** Accounts that were not admitted since the feature flag could not be read. */
  featureFlagsUnreadable: 'feature_flags_unreadable_total',
  ordersSubmitted: 'orders_submitted_total',
  ordersDenied: 'orders_denied_total',
  /** Orders that the broker refused, on its own evidence. */
  ordersRejected: 'orders_rejected_total',
  ordersCancelled: 'orders_cancelled_total',
  killSwitchBlocks: 'kill_switch_blocks_total',
  /** Readings of the kill switch that failed or said neither true nor false: nothing is sent under them. */
  killSwitchUnreadable: 'kill_switch_unreadable_total',
  reconcileUpdates: 'reconcile_updates_total',
  /** Orders at the broker that were found to be none of ours. */
  externalOrders: 'orders_external_total',
  orderFeedMessages: 'order_feed_messages_total',
  orderFeedDropped: 'order_feed_dropped_total',
  orderFeedQuarantined: 'order_feed_quarantined_total',
  orderFeedBuffered: 'order_feed_buffered_total',
  orderFeedAnomalies: 'order_feed_anomalies_total',
  orderFeedApplied: 'order_feed_applied_total',
  orderFeedUnchanged: 'order_feed_unchanged_total',
  orderFeedRedelivered: 'order_feed_redelivered_total',
  orderFeedSuspicious: 'order_feed_suspicious_total',
  /** Trade updates that the forwarder has published. */
  forwarderPublished: 'forwarder_published_total',
  /** Of them those that stand for updates which were missed. */
  forwarderMadeUp: 'forwarder_made_up_total',
  /** Connections to the broker's stream that were lost. */
  forwarderLost: 'forwarder_lost_total',
  /** Digests that were not sent. */
  digestFailures: 'digest_failed_total',
  ingestedSignals: 'ingest_signals_total',
  ingestDuplicates: 'ingest_duplicates_total',
  ingestQuarantined: 'ingest_quarantined_total',
  /** The producer's heartbeat: its runs, counted before anything can fail. */
  marketDataRuns: 'market_data_runs_total',
  marketDataFailures: 'market_data_failed_total',
  marketDataRequests: 'market_data_requests_total',
  /** Bars whose signals it has appended. */
  marketDataBars: 'market_data_bars_total',
  /** Stored bars that their source tells otherwise by now. */
  marketDataCorrections: 'market_data_corrections_total',
  /** Bars that came after a later one of their series was stored; they are not. */
  marketDataLate: 'market_data_late_total',
  /** Bars of an open session that did not come: nothing traded, a halt, or a fault. */
  marketDataMissing: 'market_data_missing_total',
  /** Series that began anew behind a split or a gap. */
  marketDataBroken: 'market_data_history_broken_total',
  /** Answers that were refused, late, broken off or unreadable. */
  marketDataTroubles: 'market_data_troubles_total',
  /** Runs that found no bar of any symbol for three minutes of an open session. */
  marketDataSilent: 'market_data_silent_total',
} as const

export type MetricName = (typeof METRICS)[keyof typeof METRICS]
/** How often something happened. */
export type CountedMetric = Extract<MetricName, `${string}_total`>
/** One measured value, in the unit that ends its name. */
export type MeasuredMetric = Exclude<MetricName, CountedMetric>
