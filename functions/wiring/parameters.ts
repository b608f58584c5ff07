/**
 * Parameter Store for a function: clients made once per process, their own retries off (the adapters have theirs).
 */
import { SSMClient } from '@aws-sdk/client-ssm'
import { clientSettings, FUNCTION_LIMITS } from '../../lib/adapters/aws/client-settings.ts'
import { machinePauses, type ParameterAccess } from '../../lib/adapters/ssm/retry.ts'
import { systemClock } from '../../lib/adapters/system/system-clock.ts'

export function parameterAccess(): ParameterAccess {
  const limits = { ...FUNCTION_LIMITS, maxAttempts: 1 }
  const kept = new SSMClient(clientSettings(limits))
  const fresh = new SSMClient(clientSettings({ ...limits, keepAlive: false }))
  return { kept, fresh, clock: systemClock, ...machinePauses }
}
