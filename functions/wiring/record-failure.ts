/** Middleware: a failed invocation leaves one structured record and one metric before Lambda sees the error. */
import type { MiddlewareObj } from '@middy/core'
import type { CountedMetric } from '../../lib/domain/metric-names.ts'
import type { Telemetry } from '../../lib/ports/telemetry.ts'

export function recordFailure(telemetry: Telemetry, metric: CountedMetric, message: string): MiddlewareObj {
  return {
    onError: ({ error }) => {
      telemetry.count(metric, 1)
      telemetry.record('error', message, {}, error)
    },
  }
}
