/**
 * The DynamoDB client: one per process, connections kept alive, timeouts short. A request that gets no
 * answer in time is repeated a bounded number of times by the client itself; the stores' rule for writes
 * that are seen twice makes that safe.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

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

const CONNECTION_TIMEOUT_MS = 1000
const REQUEST_TIMEOUT_MS = 2000
const MAX_ATTEMPTS = 3
const MAX_SOCKETS = 50

export function dynamoClient(options: DynamoClientOptions = {}): DynamoDBClient {
  const config: DynamoDBClientConfig = {
    maxAttempts: options.maxAttempts ?? MAX_ATTEMPTS,
    requestHandler: options.transport ?? sockets(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS),
  }
  if (options.region !== undefined) config.region = options.region
  if (options.endpoint !== undefined) config.endpoint = options.endpoint
  if (options.credentials !== undefined) config.credentials = options.credentials
  return new DynamoDBClient(config)
}

function sockets(requestTimeout: number): NodeHttpHandler {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS }
  return new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  })
}
