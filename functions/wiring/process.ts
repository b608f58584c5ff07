/**
 * What every function makes once per process: logger, metrics, telemetry, and what is counted beside them. Nothing
 * here is shared between functions; each bundle has its own.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { MiddlewareObj } from '@middy/core'
import { PowertoolsTelemetry } from '../../lib/adapters/powertools/telemetry.ts'
import type { CommonEnvironment } from '../../lib/deployment/function-environment.ts'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import type { CountedMetric } from '../../lib/domain/metric-names.ts'
import type { Telemetry } from '../../lib/ports/telemetry.ts'

export interface Observed {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly telemetry: PowertoolsTelemetry
}

export function observe(environment: CommonEnvironment): Observed {
  const { POWERTOOLS_SERVICE_NAME: serviceName, TORGHUT_STAGE: stage } = environment
  const logger = new Logger({ serviceName, persistentKeys: { stage } })
  const metrics = new Metrics({
    serviceName,
    namespace: environment.POWERTOOLS_METRICS_NAMESPACE,
    defaultDimensions: { stage },
  })
  return { logger, metrics, telemetry: new PowertoolsTelemetry(logger, metrics) }
}

/**
 * Counts in a record of its own that is written before anything else happens, so that no failure, and no killed
 * invocation, takes it along.
 * @param service the function that the metric belongs to
 */
export function countAtOnce(
  { POWERTOOLS_METRICS_NAMESPACE: namespace, TORGHUT_STAGE: stage }: CommonEnvironment,
  service: FunctionName,
  metric: CountedMetric,
  count: number,
): void {
  const single = new Metrics({
    serviceName: service,
    namespace,
    defaultDimensions: { stage },
    singleMetric: true,
  })
  single.addMetric(metric, MetricUnit.Count, count)
}

/** Middleware: a failed invocation leaves one structured record and one metric before Lambda sees the error. */
export function recordFailure(telemetry: Telemetry, metric: CountedMetric, message: string): MiddlewareObj {
  return {
    onError: ({ error }) => {
      telemetry.count(metric, 1)
      telemetry.record('error', message, {}, error)
    },
  }
}
