/** Reads an account's key from the environment, stdin or a hidden prompt; never from the command line. */
import { violation } from '../../formats/violations.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { BrokerCredentials } from '../../domain/credentials.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import type { CliContext } from '../context.ts'

/** The broker's own names, as its documentation and tools use them. */
const KEY_ID = 'APCA_API_KEY_ID'
const SECRET = 'APCA_API_SECRET_KEY'

/** @throws ConfigurationError when there are none; it never repeats what was read */
export async function readCredentialInput(
  { environment, readStdin, askSecret }: CliContext,
  label: AccountLabel,
): Promise<BrokerCredentials> {
  const keyId = environment[KEY_ID]
  const secret = environment[SECRET]
  if (keyId !== undefined && keyId !== '' && secret !== undefined && secret !== '') return { keyId, secret }
  const text = await readStdin()
  if (text !== null && text.trim() !== '') return parseCredentialText(text)
  const asked = {
    keyId: (await askSecret(`Key id of ${label}:`))?.trim(),
    secret: (await askSecret(`Secret key of ${label}:`))?.trim(),
  }
  if (!asked.keyId || !asked.secret) throw missing('nothing')
  return { keyId: asked.keyId, secret: asked.secret }
}

/** Two lines, or `{"key_id": ..., "secret_key": ...}`. */
function parseCredentialText(text: string): BrokerCredentials {
  const json = parseObject(text)
  const words = json === null ? text.trim().split(/\s+/) : [json['key_id'], json['secret_key']]
  const [keyId, secret, ...others] = words
  if (typeof keyId !== 'string' || typeof secret !== 'string' || others.length > 0) {
    throw missing('text that is not that')
  }
  return { keyId, secret }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

function missing(found: string): ConfigurationError {
  const allowed = 'the key id and the secret on two lines, or {"key_id": ..., "secret_key": ...}'
  return new ConfigurationError('The credentials', [violation('stdin', found, allowed)], {
    advice: `Give them on stdin, in ${KEY_ID} and ${SECRET}, or run the command on a terminal.`,
  })
}
