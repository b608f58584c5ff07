/**
 * What goes wrong between us and DynamoDB, as errors of ours: what may pass is UnavailableError, what needs
 * an operator is ConfigurationError. Told apart by class and error code, never by message text.
 */
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import { ConfigurationError, TorghutError, UnavailableError } from '../../../domain/errors.ts'
import { faultKind, faultName } from '../../aws/fault-kind.ts'

/** The error to throw for what the client threw while it did `what` to `table`. */
export function dynamoFault(cause: unknown, what: string, table: string): Error {
  if (cause instanceof ResourceNotFoundException) {
    return new ConfigurationError(
      'the state',
      [{ path: `table ${table}`, found: 'no such table', allowed: 'a table that exists' }],
      { cause, advice: 'Deploy the stack of this stage, or check its region and name.' },
    )
  }
  const name = faultName(cause)
  const kind = faultKind(cause)
  if (kind === 'refused') {
    return new ConfigurationError(
      'the state',
      [{ path: `table ${table}`, found: `${name} on ${what}`, allowed: 'credentials that may do this' }],
      { cause },
    )
  }
  const message = `${what} on table ${table} failed: ${name}`
  return kind === 'other' ? new TorghutError(message, { cause }) : new UnavailableError(message, { cause })
}
