/**
 * Broker credentials: SecureStrings in a tree of their own, `/torghut-credentials/<stage>/<label>`, encrypted with
 * a key of their own (docs/architecture.md#credentials). Operators write them with the command line; the stack only
 * makes the key, so no secret is ever in a template.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { parameterArn } from './parameter-arn.ts'

export interface CredentialsProps {
  readonly names: DeploymentNames
  /** Whether the key outlives the stack; credentials cannot be read without it. */
  readonly keep: boolean
}

export class Credentials extends Construct {
  readonly path: string
  readonly key: Key

  constructor(scope: Construct, id: string, { names, keep }: CredentialsProps) {
    super(scope, id)
    this.path = names.credentialsPath
    this.key = new Key(this, 'Key', {
      alias: names.credentialsKeyAlias,
      description: `Broker credentials of ${names.stack}`,
      enableKeyRotation: true,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
  }

  grantRead(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameter'],
      resourceArns: [parameterArn(Stack.of(this), `${this.path}/*`)],
    }).assertSuccess()
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [this.key.keyArn],
    }).assertSuccess()
  }
}
