/** Reading the secret of the Kafka cluster's user, for those who connect to it. */
import { Stack } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IConstruct } from 'constructs'
import type { KafkaConfiguration } from '../kafka-configuration.ts'
import { grant } from './grant.ts'

/** With a key of its own it is decrypted through Secrets Manager alone (KMS, "kms:ViaService"). */
export function grantKafkaSecret(
  scope: IConstruct,
  grantee: IGrantable,
  { secretArn, secretKeyArn }: Pick<KafkaConfiguration, 'secretArn' | 'secretKeyArn'>,
): void {
  grant(grantee, ['secretsmanager:GetSecretValue'], [secretArn])
  if (secretKeyArn === null) return
  const stack = Stack.of(scope)
  grant(grantee, ['kms:Decrypt'], [secretKeyArn], {
    StringEquals: { 'kms:ViaService': `secretsmanager.${stack.region}.${stack.urlSuffix}` },
  })
}
