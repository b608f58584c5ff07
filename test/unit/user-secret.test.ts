/** A user and password from Secrets Manager: read as MSK keeps them, and refused in words without showing them. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, expect, it } from 'vitest'
import { readUserSecret } from '../../lib/adapters/aws/user-secret.ts'

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_updates-a1B2c3'
const secrets = mockClient(SecretsManagerClient)
beforeEach(() => secrets.reset())
const read = () => readUserSecret({ region: 'us-east-1', endpoint: null }, ARN)

it('is read from the fields that MSK wants', async () => {
  secrets
    .on(GetSecretValueCommand, { SecretId: ARN })
    .resolves({ SecretString: '{"username":"forwarder","password":"its password"}' })
  expect(await read()).toEqual({ username: 'forwarder', password: 'its password' })
})

it.each(['{"user":"forwarder","password":"its password"}', 'its password', ''])(
  'is none: %j',
  async (text) => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: text })
    const fault: unknown = await read().catch((error: unknown) => error)
    expect(fault).toMatchObject({
      name: 'ConfigurationError',
      violations: [{ path: ARN, found: 'another form' }],
    })
    expect(String(fault)).not.toContain('its password')
  },
)

it('says when there is no such secret, and when it may not be read', async () => {
  secrets
    .on(GetSecretValueCommand)
    .rejects(Object.assign(new Error('no'), { name: 'ResourceNotFoundException' }))
  await expect(read()).rejects.toMatchObject({ violations: [{ path: ARN, found: 'nothing' }] })
  secrets.on(GetSecretValueCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))
  await expect(read()).rejects.toMatchObject({ name: 'ConfigurationError' })
})
