/**
 * What an error of an AWS client means to us, told by class, code and fault side, never by message text.
 */

/**
 * `no_credentials`: nothing to sign with. `refused`: the credentials may not do this. `may_pass`: throttled,
 * unreachable, or the service's own fault. `other`: a request that was wrong, or something unheard of.
 */
export type FaultKind = 'no_credentials' | 'refused' | 'may_pass' | 'other'

const THROTTLING = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionConflictException',
])

const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'KMSAccessDeniedException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])

/** No answer in time. */
const TIMED_OUT = new Set(['AbortError', 'TimeoutError'])

/** The error's own name; the system's code (`ECONNREFUSED`) where it has none. */
export function faultName(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown error'
  const nameless = cause.name === 'Error' || cause.name === 'AggregateError'
  return nameless && 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}

/** Whether there were too many requests. */
export function isThrottled(cause: unknown): boolean {
  return THROTTLING.has(faultName(cause))
}

export function faultKind(cause: unknown): FaultKind {
  const name = faultName(cause)
  if (name === 'CredentialsProviderError') return 'no_credentials'
  if (REFUSED.has(name)) return 'refused'
  if (THROTTLING.has(name) || TIMED_OUT.has(name)) return 'may_pass'
  if (!(cause instanceof Error)) return 'other'
  if ('$fault' in cause) return cause.$fault === 'server' ? 'may_pass' : 'other'
  // a socket's error carries the system's error code, such as ECONNREFUSED
  return 'code' in cause && typeof cause.code === 'string' ? 'may_pass' : 'other'
}
