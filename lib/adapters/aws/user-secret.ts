/** A user and password from Secrets Manager, in the form that MSK has them (docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html). */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ConfigurationError } from '../../domain/errors.ts'
import type { KafkaUser } from '../../domain/kafka.ts'
import { parseJson } from '../../domain/parse-json.ts'
import { type AwsPlace, callAwsOrNull } from './calls.ts'
import { clientSettings, OPERATOR_LIMITS } from './client-settings.ts'

/** @throws ConfigurationError when there is none, UnavailableError */
export async function readUserSecret(place: AwsPlace, arn: string): Promise<KafkaUser> {
  const client = new SecretsManagerClient(clientSettings(OPERATOR_LIMITS))
  try {
    const command = new GetSecretValueCommand({ SecretId: arn })
    const stored = await callAwsOrNull(place, `reading ${arn}`, () => client.send(command), [
      'ResourceNotFoundException',
    ])
    const { username, password } = (parseJson(stored?.SecretString ?? '') ?? {}) as Record<string, unknown>
    if (typeof username === 'string' && typeof password === 'string') return { username, password }
    const found = stored === null ? 'nothing' : 'another form'
    throw new ConfigurationError('The secret', [
      { path: arn, found, allowed: '{"username":"...","password":"..."}' },
    ])
  } finally {
    client.destroy()
  }
}
