/**
 * What goes wrong between us and DynamoDB, as errors of ours: what may pass is UnavailableError, what needs
 * an operator is ConfigurationError. Told apart by class and error code, never by message text.
 */
import { DynamoDBServiceException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import { ConfigurationError, TorghutError, UnavailableError } from '../../domain/errors.ts'

const THROTTLING = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
])

const REFUSED = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
])

/** Errors of the client's own side: no answer in time, or no credentials to ask with. */
const CLIENT_SIDE = new Set(['TimeoutError', 'AbortError', 'CredentialsProviderError'])

/** The error to throw for what the client threw while it did `what` to `table`. */
export function dynamoFault(cause: unknown, what: string, table: string): Error {
  if (cause instanceof ResourceNotFoundException) {
    return new ConfigurationError(
      'the state',
      [{ path: `table ${table}`, found: 'no such table', allowed: 'a table that exists' }],
      { cause, advice: 'Deploy the stack of this stage, or check its region and name.' },
    )
  }
  const name = cause instanceof Error ? cause.name : 'unknown error'
  if (REFUSED.has(name)) {
    return new ConfigurationError(
      'the state',
      [{ path: `table ${table}`, found: `${name} on ${what}`, allowed: 'credentials that may do this' }],
      { cause },
    )
  }
  const message = `${what} on table ${table} failed: ${name}`
  return mayPass(cause, name)
    ? new UnavailableError(message, { cause })
    : new TorghutError(message, { cause })
}

function mayPass(cause: unknown, name: string): boolean {
  if (THROTTLING.has(name) || CLIENT_SIDE.has(name)) return true
  if (cause instanceof DynamoDBServiceException) return cause.$fault === 'server'
  // a socket's error carries the system's error code, such as ECONNREFUSED
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
}
