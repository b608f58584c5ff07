/**
 * Broker credentials: SecureStrings in a tree of their own, `/torghut-credentials/<stage>/<label>`, encrypted
 * with a key of their own (docs/architecture.md#credentials). Operators write them with the command line; the
 * stack only makes the key, so no secret is ever in a template. A stage that is deployed again takes the key of
 * before by its ARN: what is stored can be read with no other.
 */
import { Stack } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Alias, Key } from 'aws-cdk-lib/aws-kms'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { grant, parameterArn } from './grant.ts'

export interface CredentialsProps {
  readonly names: DeploymentNames
  /** The key to adopt; null: a new one. */
  readonly keyArn: string | null
}

export class Credentials extends Construct {
  readonly path: string
  readonly key: IKey

  constructor(scope: Construct, id: string, { names, keyArn }: CredentialsProps) {
    super(scope, id)
    this.path = names.credentialsPath
    this.key =
      keyArn === null
        ? new Key(this, 'Key', {
            description: `Broker credentials of ${names.stack}`,
            enableKeyRotation: true,
          })
        : Key.fromKeyArn(this, 'Key', keyArn)
    // beneath either key, so that it is one resource whichever it names
    new Alias(this.key, 'Alias', { aliasName: names.credentialsKeyAlias, targetKey: this.key })
  }

  /**
   * Decrypting through Parameter Store alone (KMS, "kms:ViaService"): a parameter's bytes are of no use without it.
   * @param account the label of the one account whose key it is; all of them without it
   */
  grantRead(grantee: IGrantable, account = '*'): void {
    const stack = Stack.of(this)
    grant(grantee, ['ssm:GetParameter'], [parameterArn(stack, `${this.path}/${account}`)])
    grant(grantee, ['kms:Decrypt'], [this.key.keyArn], {
      StringEquals: { 'kms:ViaService': `ssm.${stack.region}.${stack.urlSuffix}` },
    })
  }
}
