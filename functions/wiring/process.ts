/**
 * What every function makes once per process: logger, metrics, telemetry. Nothing here is shared between
 * functions; each bundle has its own.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { PowertoolsTelemetry } from '../../lib/adapters/powertools/telemetry.ts'
import type { CommonEnvironment } from '../../lib/deployment/function-environment.ts'

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
