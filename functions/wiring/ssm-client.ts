/** The Parameter Store client: one per process, short timeouts, its own retries off (the adapters have theirs). */
import { SSMClient } from '@aws-sdk/client-ssm'
import { NodeHttpHandler } from '@smithy/node-http-handler'

export function ssmClient(): SSMClient {
  return new SSMClient({
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1000,
      requestTimeout: 2000,
      throwOnRequestTimeout: true,
    }),
  })
}
