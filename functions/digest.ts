/**
 * Tells people what was filled and rejected since the last digest (docs/operations.md#the-digest). Thin: parse, wire, call
 * the library.
 *
 * Invariants: it reads logs and publishes to one topic; no order waits for it or can be touched by it.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import middy from '@middy/core'
import { clientSettings, OPERATOR_LIMITS } from '../lib/adapters/aws/client-settings.ts'
import { cloudWatchLogReader } from '../lib/adapters/aws/log-reader.ts'
import { topicNotifier } from '../lib/adapters/aws/topic-notifier.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { deploymentNames, type Stage } from '../lib/deployment/names.ts'
import { METRICS } from '../lib/domain/metric-names.ts'
import { instant } from '../lib/domain/time.ts'
import { sendDigest, type DigestDeps } from '../lib/orders/outcomes/send-digest.ts'
import { observe, recordFailure } from './wiring/process.ts'

const environment = parseFunctionEnvironment('digest', process.env)
const { logger, metrics, telemetry } = observe(environment)
const { ALARM_TOPIC_ARN: topicArn, TORGHUT_STAGE: stage } = environment
const region = topicArn.split(':')[3] ?? ''
const place = { region, endpoint: process.env['AWS_ENDPOINT_URL'] ?? null }
// nobody waits for it: it may take an operator's time for a call
const client = () => new CloudWatchLogsClient(clientSettings(OPERATOR_LIMITS))
const deps: DigestDeps = {
  logs: cloudWatchLogReader(client(), place, deploymentNames(stage as Stage)),
  notifier: topicNotifier({ ...place, signing: client(), topicArn }),
  stage,
  hours: Number(environment.TORGHUT_DIGEST_HOURS),
}

/** What EventBridge Scheduler sends by itself; the same event again, after a failure, tells the same hours. */
interface Due {
  /** ISO-8601, the schedule's own. */
  readonly time: string
}

export const handler = middy<Due, { readonly sent: string | null }>(async ({ time }: Due) => {
  const digest = await sendDigest(instant(time), deps)
  const sent = digest?.subject ?? null
  telemetry.record('info', sent === null ? 'nothing to tell' : 'digest sent', { subject: sent })
  return { sent }
})
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(recordFailure(telemetry, METRICS.digestFailures, 'the digest could not be sent'))
