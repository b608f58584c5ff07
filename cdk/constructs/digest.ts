/**
 * The digest: every few hours one message to the topic of the alarms with what was filled and rejected
 * (docs/operations.md#the-digest). Only where it was asked for.
 *
 * Invariants: it may read two logs and publish to one topic, nothing else; an invocation that fails is repeated for the
 * same hours (Lambda, "Asynchronous invocation": twice), and then seen by the alarm on its errors.
 */
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { Construct } from 'constructs'
import type { AlarmTopic } from './alarm-topic.ts'
import { grant } from './grant.ts'
import { addSchedule } from './schedule.ts'
import { TIMEOUTS, TorghutFunction } from './torghut-function.ts'
import type { FunctionDefaults } from './torghut-function.ts'

export interface DigestProps {
  readonly defaults: FunctionDefaults
  readonly topic: AlarmTopic
  /** Each tells of as many hours; a divisor of 24. */
  readonly hours: number
  /** The functions that learn what became of orders: lane and order-feed. */
  readonly tellers: readonly NodejsFunction[]
}

export class Digest extends Construct {
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, { defaults, topic, hours, tellers }: DigestProps) {
    super(scope, id)
    this.function = new TorghutFunction(this, 'Function', {
      defaults,
      name: 'digest',
      timeout: TIMEOUTS.digest,
      environment: { ALARM_TOPIC_ARN: topic.topic.topicArn, TORGHUT_DIGEST_HOURS: String(hours) },
    }).function
    // with the `:*` that a log group's ARN has in policies (CloudWatch Logs, "Overview of managing access permissions")
    grant(
      this.function,
      ['logs:FilterLogEvents'],
      tellers.map(({ logGroup }) => logGroup.logGroupArn),
    )
    topic.grantPublish(this.function)
    addSchedule(this, {
      name: defaults.names.digestSchedule,
      target: this.function,
      invokes: 'the digest',
      description: `What was filled and rejected in the last ${hours} hours`,
      // some minutes past the hour, when all of the hour's log has arrived
      expression: `cron(5 ${hours === 24 ? '0' : `0/${hours}`} * * ? *)`,
      // whole hours of the same length all year
      timeZone: 'UTC',
      enabled: true,
    })
  }
}
