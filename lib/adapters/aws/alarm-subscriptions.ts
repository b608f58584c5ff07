/**
 * Who is told of alarms: the subscriptions of a topic, asked of SNS itself. One call of its query interface, signed
 * by the signer that a client of another service has anyway: a client of its own would be a package for one call.
 */
import type { STSClient } from '@aws-sdk/client-sts'
import type { AlarmSubscriptions } from '../../ports/infrastructure.ts'
import { OPERATOR_LIMITS } from './client-settings.ts'

/** What SNS gives instead of an ARN until the link in its mail was followed ("ListSubscriptionsByTopic"). */
const PENDING = 'PendingConfirmation'

export interface SubscriptionQuery {
  /** Used for nothing else: a client's signer keeps to the first service it signed for. */
  readonly signing: STSClient
  readonly region: string
  /** Null: AWS itself. */
  readonly endpoint: string | null
  readonly topicArn: string
}

/** @throws Error named as SNS names it, e.g. `NotFound` */
export async function alarmSubscriptions(query: SubscriptionQuery): Promise<AlarmSubscriptions> {
  let confirmed = 0
  let pending = 0
  let token: string | undefined
  do {
    const page = await listSubscriptions(query, token)
    for (const [, arn] of page.matchAll(/<SubscriptionArn>([^<]*)<\/SubscriptionArn>/g)) {
      if (arn === PENDING) pending += 1
      else confirmed += 1
    }
    token = /<NextToken>([^<]+)<\/NextToken>/.exec(page)?.[1]
  } while (token !== undefined)
  return { confirmed, pending }
}

async function listSubscriptions(query: SubscriptionQuery, token: string | undefined): Promise<string> {
  const { signing, region, endpoint, topicArn } = query
  const domain = topicArn.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(endpoint ?? `https://sns.${region}.${domain}`)
  const body = new URLSearchParams({
    Action: 'ListSubscriptionsByTopic',
    Version: '2010-03-31',
    TopicArn: topicArn,
    ...(token === undefined ? {} : { NextToken: token }),
  }).toString()
  const signer = await signing.config.signer({
    name: 'sigv4',
    signingName: 'sns',
    signingRegion: region,
    properties: {},
  })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: '/',
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(OPERATOR_LIMITS.requestTimeoutMs),
  })
  const text = await answer.text()
  if (answer.ok) return text
  throw Object.assign(new Error(text), {
    name: /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? `Status${answer.status}`,
    $fault: answer.status >= 500 ? 'server' : 'client',
  })
}
