/**
 * The DynamoDB client: one per process, connections kept alive, timeouts short. A request that gets no
 * answer in time is repeated a bounded number of times by the client itself; the stores' rule for writes
 * that are seen twice makes that safe.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { clientSettings, FUNCTION_LIMITS } from '../../aws/client-settings.ts'

export interface DynamoClientOptions {
  /** Absent: as the environment says. */
  readonly region?: string
  /** Absent: the region's own. */
  readonly endpoint?: string
  /** Absent: the process's own. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly requestTimeoutMs?: number
  readonly maxAttempts?: number
  /** Carries requests in another way than over sockets. */
  readonly transport?: NonNullable<DynamoDBClientConfig['requestHandler']>
}

export function dynamoClient(options: DynamoClientOptions = {}): DynamoDBClient {
  const { transport, maxAttempts, requestTimeoutMs, ...place } = { ...FUNCTION_LIMITS, ...options }
  const config = { ...clientSettings({ ...FUNCTION_LIMITS, maxAttempts, requestTimeoutMs }), ...place }
  const client = new DynamoDBClient(
    transport === undefined ? config : { ...config, requestHandler: transport },
  )
  // It walks each answer for what a log must not show before it finds that nobody logs: a fifth of the time of reading pages.
  client.middlewareStack.remove('loggerMiddleware')
  return client
}
