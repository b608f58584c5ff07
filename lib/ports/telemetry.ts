/**
 * What the system says about itself: metrics (docs/architecture.md#metrics) and structured records.
 * Secrets never go in. Properties name account and strategy; dimensions are the adapter's business.
 */
import type { CountedMetric, MeasuredMetric } from '../domain/metric-names.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type Properties = Readonly<Record<string, string | number | boolean | null>>

export interface Telemetry {
  count(metric: CountedMetric, count: number, properties?: Properties): void
  /** One measured value: an age in seconds, a latency in milliseconds, as the metric's name says. */
  measure(metric: MeasuredMetric, value: number, properties?: Properties): void
  record(level: LogLevel, message: string, properties?: Properties, cause?: unknown): void
}
