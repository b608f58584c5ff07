/**
 * Broker credentials: SecureStrings in a tree of their own, `/torghut-credentials/<stage>/<label>`
 * (docs/architecture.md#credentials). The value is JSON `{"key_id": ..., "secret_key": ...}`.
 *
 * Invariant: what was read never appears in an error, a log or a template.
 */
import { GetParameterCommand, ParameterNotFound } from '@aws-sdk/client-ssm'
import * as z from 'zod/mini'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { BrokerCredentials } from '../../domain/account.ts'
import { ConfigurationError, UnavailableError } from '../../domain/errors.ts'
import { askParameterStore, type ParameterAccess } from './retry.ts'

const schema = z.strictObject({
  key_id: z.string().check(z.minLength(1)),
  secret_key: z.string().check(z.minLength(1)),
})

/** The parameter's text for credentials. */
export function encodeCredentials({ keyId, secret }: BrokerCredentials): string {
  return JSON.stringify({ key_id: keyId, secret_key: secret } satisfies z.infer<typeof schema>)
}

/**
 * Reads an account's credentials. `path` has no trailing slash.
 * @throws ConfigurationError when there are none or they are malformed, UnavailableError when they cannot be read.
 */
export async function readCredentials(
  access: ParameterAccess,
  path: string,
  account: AccountLabel,
): Promise<BrokerCredentials> {
  const name = `${path}/${account}`
  return decodeCredentials(await fetchParameter(access, name, account), name, account)
}

/** Reads the parameter's text. @throws ConfigurationError when it is malformed */
export function decodeCredentials(text: string, name: string, account: AccountLabel): BrokerCredentials {
  const parsed = schema.safeParse(parseQuietly(text))
  if (parsed.success) return { keyId: parsed.data.key_id, secret: parsed.data.secret_key }
  const violation = { path: name, found: 'something else', allowed: '{"key_id": text, "secret_key": text}' }
  throw new ConfigurationError('The credentials', [violation], { advice: storeThem(account) })
}

/** There is no such parameter. */
export function missingCredentials(name: string, account: AccountLabel, cause?: unknown): ConfigurationError {
  const violation = { path: name, found: 'nothing', allowed: 'a SecureString with the account credentials' }
  return new ConfigurationError('The credentials', [violation], { cause, advice: storeThem(account) })
}

function storeThem(account: AccountLabel): string {
  return `Store them with: torghut accounts put-credentials ${account}`
}

async function fetchParameter(access: ParameterAccess, name: string, account: AccountLabel): Promise<string> {
  try {
    const command = new GetParameterCommand({ Name: name, WithDecryption: true })
    const { answer } = await askParameterStore(access, `the credentials ${name}`, (client, limit) =>
      client.send(command, limit),
    )
    return answer.Parameter?.Value ?? ''
  } catch (error) {
    if (!(error instanceof UnavailableError && error.cause instanceof ParameterNotFound)) throw error
    throw missingCredentials(name, account, error.cause)
  }
}

/** The parser's message would quote the secret, so it is dropped. */
function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
