/**
 * What every function makes once per process: clock, logger, metrics, telemetry. Nothing here is shared between
 * functions; each bundle has its own.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { performance } from 'node:perf_hooks'
import { PowertoolsTelemetry } from '../../lib/adapters/powertools/telemetry.ts'
import type { CommonEnvironment } from '../../lib/config/function-environment.ts'
import { asEpochMs, asMonotonicMs } from '../../lib/domain/time.ts'
import type { Clock } from '../../lib/ports/clock.ts'

export const systemClock: Clock = {
  now: () => asEpochMs(Date.now()),
  monotonic: () => asMonotonicMs(performance.now()),
}

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
