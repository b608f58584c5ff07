/**
 * How every AWS client of this system calls: connections kept alive, a request that gets no answer in time fails,
 * and the client itself repeats a bounded number of times.
 */
import { NodeHttpHandler } from '@smithy/node-http-handler'

export interface CallLimits {
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
  /** The first try included. */
  readonly maxAttempts: number
  /** False: a connection of its own for each request. */
  readonly keepAlive?: boolean
}

/** Inside a function, which itself has seconds only. */
export const FUNCTION_LIMITS: CallLimits = {
  connectionTimeoutMs: 1000,
  requestTimeoutMs: 2000,
  maxAttempts: 3,
}

/** For a person, who would rather wait than try again. */
export const OPERATOR_LIMITS: CallLimits = {
  connectionTimeoutMs: 3000,
  requestTimeoutMs: 15_000,
  maxAttempts: 3,
}

/** Endpoint, region and credentials come from the environment, as always. */
export function clientSettings({
  connectionTimeoutMs,
  requestTimeoutMs,
  maxAttempts,
  keepAlive = true,
}: CallLimits): {
  maxAttempts: number
  requestHandler: NodeHttpHandler
} {
  return {
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive },
      httpsAgent: { keepAlive },
    }),
  }
}
