/** Telemetry of the simulated functions: warnings and errors stand in the trace, and no error is an unexpected one. */
import { TorghutError } from '../../../lib/domain/errors.ts'
import type { Telemetry } from '../../../lib/ports/telemetry.ts'
import type { Checks } from './checks.ts'
import type { Kernel } from './kernel.ts'
import { isSimulatedFault } from './simulated-fault.ts'

export function simulatedTelemetry(kernel: Kernel, checks: Pick<Checks, 'unexpected'>): Telemetry {
  return {
    count: () => undefined,
    measure: () => undefined,
    record: (level, message, properties, cause) => {
      const known = cause === undefined || cause instanceof TorghutError || isSimulatedFault(cause)
      if (!known) checks.unexpected(null, cause)
      if (level === 'error' || level === 'warn') {
        kernel.trace.add(`${kernel.now} ${level}: ${message} ${JSON.stringify(properties ?? {})}`)
      }
    },
  }
}
