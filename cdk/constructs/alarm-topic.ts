/**
 * The topic that alarms are published to.
 *
 * Invariants: CloudWatch, for this account's alarms alone, may publish to it and use its key. Both policies must say
 * so. A topic has a policy that lets its account publish only until it is given another, as the one that refuses
 * plain HTTP is (SNS, "Example cases for Amazon SNS access control"); and CloudWatch cannot publish under the AWS
 * managed key, so the topic has a key of its own (SNS, "Enable compatibility between event sources from AWS services
 * and encrypted topics"). Without either an alarm turns red and nobody hears of it.
 */
import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { DeploymentNames } from '../../lib/deployment/names.ts'
import { grant } from './grant.ts'

export interface AlarmTopicProps {
  readonly names: DeploymentNames
  /** Null: nobody is told until somebody subscribes. */
  readonly email: string | null
}

export class AlarmTopic extends Construct {
  readonly topic: Topic
  readonly key: Key

  /** @param scope also where topic and key stand: their place is part of their logical ids */
  constructor(scope: Construct, id: string, { names, email }: AlarmTopicProps) {
    super(scope, id)
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    })
    this.key = new Key(scope, 'TopicKey', {
      description: `Alarms of ${names.stack}`,
      enableKeyRotation: true,
    })
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [alarms],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'], // of a key's policy: the key itself
      }),
    )
    this.topic = new Topic(scope, 'Topic', {
      topicName: names.alarmTopic,
      masterKey: this.key,
      enforceSSL: true,
    })
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [alarms],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    )
    if (email !== null) this.topic.addSubscription(new EmailSubscription(email))
  }

  /**
   * Publishing takes the topic's key, too (SNS, "Configuring AWS KMS permissions"), through SNS alone (KMS,
   * "kms:ViaService").
   */
  grantPublish(grantee: IGrantable): void {
    const { region, urlSuffix } = Stack.of(this)
    grant(grantee, ['sns:Publish'], [this.topic.topicArn])
    grant(grantee, ['kms:Decrypt', 'kms:GenerateDataKey'], [this.key.keyArn], {
      StringEquals: { 'kms:ViaService': `sns.${region}.${urlSuffix}` },
    })
  }
}
