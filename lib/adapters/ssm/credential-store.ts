/** The accounts' credentials for operators: which are there, reading them to ask a broker, and writing new ones. */
import {
  DescribeParametersCommand,
  GetParameterCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import { parseAccountLabel, type AccountLabel } from '../../domain/account-label.ts'
import type { CredentialStore } from '../../ports/credential-store.ts'
import { type AwsPlace, callAws, callAwsOrNull } from '../aws/calls.ts'
import { decodeCredentials, encodeCredentials, missingCredentials } from './credentials.ts'

export interface ParameterCredentialStoreOptions {
  readonly ssm: SSMClient
  readonly place: AwsPlace
  /** Without a trailing slash. */
  readonly path: string
  /** Alias of the stage's own key. */
  readonly keyAlias: string
}

export function parameterCredentialStore(options: ParameterCredentialStoreOptions): CredentialStore {
  const { ssm, place, path, keyAlias } = options
  return {
    labels: async () => {
      const labels: AccountLabel[] = []
      let token: string | undefined
      do {
        const page = await callAws(place, `listing ${path}`, () =>
          ssm.send(
            new DescribeParametersCommand({
              ParameterFilters: [{ Key: 'Path', Option: 'OneLevel', Values: [path] }],
              MaxResults: 50,
              NextToken: token,
            }),
          ),
        )
        for (const { Name = '' } of page.Parameters ?? []) {
          const label = Name.startsWith(`${path}/`) ? parseAccountLabel(Name.slice(path.length + 1)) : null
          if (label !== null) labels.push(label)
        }
        token = page.NextToken
      } while (token !== undefined)
      return labels.sort()
    },
    read: async (account) => {
      const name = `${path}/${account}`
      const command = new GetParameterCommand({ Name: name, WithDecryption: true })
      const stored = await callAwsOrNull(place, `reading ${name}`, () => ssm.send(command), [
        'ParameterNotFound',
      ])
      if (stored === null) throw missingCredentials(name, account)
      return decodeCredentials(stored.Parameter?.Value ?? '', name, account)
    },
    write: async (account, credentials) => {
      const command = new PutParameterCommand({
        Name: `${path}/${account}`,
        Value: encodeCredentials(credentials),
        Type: 'SecureString',
        KeyId: keyAlias,
        Overwrite: true,
      })
      await callAws(place, `writing ${path}/${account}`, () => ssm.send(command), {
        errors: ['InvalidKeyId', 'NotFoundException', 'KMSNotFoundException'],
        what: `key ${keyAlias}`,
      })
    },
  }
}
