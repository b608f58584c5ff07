/**
 * Telemetry in Lambda: metrics in CloudWatch's embedded format and structured records
 * (docs/architecture.md#metrics).
 *
 * Invariants: dimensions are stage and service; accounts and strategies go into the record as properties,
 * except accounts that asked for a dimension of their own (`TRADING_METRICS_ACCOUNTS`).
 */
import type { Logger } from '@aws-lambda-powertools/logger'
import { MetricUnit, type Metrics } from '@aws-lambda-powertools/metrics'
import type { CountedMetric, MeasuredMetric, MetricName } from '../../domain/metric-names.ts'
import type { LogLevel, Properties, Telemetry } from '../../ports/telemetry.ts'

export class PowertoolsTelemetry implements Telemetry {
  readonly #logger: Logger
  readonly #metrics: Metrics
  #ownDimension: ReadonlySet<string> = new Set()

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger
    this.#metrics = metrics
  }

  /** Accounts that get a metric dimension of their own from now on. */
  useOwnDimensionFor(accounts: readonly string[]): void {
    this.#ownDimension = new Set(accounts)
  }

  count(metric: CountedMetric, count: number, properties: Properties = {}): void {
    this.#add(metric, MetricUnit.Count, count, properties)
  }

  measure(metric: MeasuredMetric, value: number, properties: Properties = {}): void {
    const unit = metric.endsWith('_ms') ? MetricUnit.Milliseconds : MetricUnit.Seconds
    this.#add(metric, unit, value, properties)
  }

  record(level: LogLevel, message: string, properties: Properties = {}, cause?: unknown): void {
    const error = cause instanceof Error ? { error: cause } : {}
    this.#logger[level](message, { ...properties, ...error })
  }

  #add(
    metric: MetricName,
    unit: (typeof MetricUnit)[keyof typeof MetricUnit],
    value: number,
    properties: Properties,
  ): void {
    this.#metrics.addMetric(metric, unit, value)
    const { account } = properties
    if (typeof account === 'string' && this.#ownDimension.has(account)) {
      const single = this.#metrics.singleMetric()
      single.addDimension('account', account)
      single.addMetric(metric, unit, value)
    }
    if (Object.keys(properties).length > 0) this.#logger.info(metric, { value, ...properties })
  }
}
