/** The environment that a function finds when it is imported, with made-up names. Nothing is called at import. */
import type { FunctionName } from '../lib/domain/deployment-parts.ts'

export function functionSurroundings(name: FunctionName): Record<string, string> {
  return {
    NODE_OPTIONS: '--enable-source-maps',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    TORGHUT_STAGE: 'dev',
    TORGHUT_CODE_VERSION: '0123456789abcdef',
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: 'Torghut',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    STATE_TABLE_NAME: 'state',
    SIGNAL_TABLE_NAME: 'signals',
    FLAGS_PATH: '/torghut/dev/flags',
    CREDENTIALS_PATH: '/torghut-credentials/dev',
    LANE_QUEUE_URL: 'https://queue.invalid/lane',
    ORDER_FEED_QUEUE_ARN: 'arn:aws:sqs:us-east-1:123456789012:order-feed',
    ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:torghut-dev-alarms',
    TORGHUT_DIGEST_HOURS: '1',
  }
}
