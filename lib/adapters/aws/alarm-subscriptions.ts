/** Who is told of alarms: the subscriptions of a topic, asked of SNS itself. */
import type { AlarmSubscriptions } from '../../ports/infrastructure.ts'
import { OPERATOR_LIMITS } from './client-settings.ts'
import { querySns, type SnsPlace } from './sns-query.ts'

/** What SNS gives instead of an ARN until the link in its mail was followed ("ListSubscriptionsByTopic"). */
const PENDING = 'PendingConfirmation'

/** @throws Error named as SNS names it, e.g. `NotFound` */
export async function alarmSubscriptions(place: SnsPlace): Promise<AlarmSubscriptions> {
  let confirmed = 0
  let pending = 0
  let token: string | undefined
  do {
    const asked = {
      Action: 'ListSubscriptionsByTopic',
      ...(token === undefined ? {} : { NextToken: token }),
    }
    const page = await querySns(place, asked, OPERATOR_LIMITS.requestTimeoutMs)
    for (const [, arn] of page.matchAll(/<SubscriptionArn>([^<]*)<\/SubscriptionArn>/g)) {
      if (arn === PENDING) pending += 1
      else confirmed += 1
    }
    token = /<NextToken>([^<]+)<\/NextToken>/.exec(page)?.[1]
  } while (token !== undefined)
  return { confirmed, pending }
}
