/**
 * Parameter Store for a function: one client per process, short timeouts, its own retries off (the adapters have
 * theirs), and the flags under the stage's path.
 */
import { SSMClient } from '@aws-sdk/client-ssm'
import { clientSettings, FUNCTION_LIMITS } from '../../lib/adapters/aws/client-settings.ts'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'
import { jitteredPause } from '../../lib/adapters/ssm/retry.ts'
import { systemClock } from '../../lib/adapters/system/system-clock.ts'

export function ssmClient(): SSMClient {
  return new SSMClient(clientSettings({ ...FUNCTION_LIMITS, maxAttempts: 1 }))
}

export function parameterFlags(ssm: SSMClient, path: string): ParameterFlagSource {
  return new ParameterFlagSource({ ssm, path, clock: systemClock, pause: jitteredPause(() => Math.random()) })
}
