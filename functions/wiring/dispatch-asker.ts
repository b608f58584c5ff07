/** Who asks for ticks after signals, as a function is deployed: nobody without the dispatcher's name. */
import { LambdaClient } from '@aws-sdk/client-lambda'
import { LambdaDispatchAsker } from '../../lib/adapters/aws/dispatch-asker.ts'
import { clientSettings, FUNCTION_LIMITS } from '../../lib/adapters/aws/client-settings.ts'
import type { DispatchAsker } from '../../lib/ports/dispatch-asker.ts'

export function dispatchAsker(dispatcher: string | null): DispatchAsker | null {
  if (dispatcher === null) return null
  return new LambdaDispatchAsker(new LambdaClient(clientSettings(FUNCTION_LIMITS)), dispatcher)
}
