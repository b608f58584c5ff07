/**
 * Sends one tick message per admitted lane (docs/architecture.md#dispatch). Thin: parse, wire, call the
 * library.
 */
import { SQSClient } from '@aws-sdk/client-sqs'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import { clientSettings, FUNCTION_LIMITS } from '../lib/adapters/aws/client-settings.ts'
import { dynamoClient } from '../lib/adapters/dynamodb/table/client.ts'
import { DynamoExecutionStore } from '../lib/adapters/dynamodb/execution-store.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { DynamoStrategyCatalog } from '../lib/adapters/dynamodb/strategy-catalog.ts'
import { openFeatureFlags } from '../lib/adapters/openfeature/feature-flags.ts'
import { ParameterProvider } from '../lib/adapters/openfeature/parameter-provider.ts'
import { ParameterFlagSource } from '../lib/adapters/ssm/flag-source.ts'
import { SqsFifoQueue } from '../lib/adapters/sqs/fifo-queue.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { METRICS } from '../lib/domain/metric-names.ts'
import { instant } from '../lib/domain/time.ts'
import {
  dispatchTick,
  FLAGS_MAX_AGE_MS,
  type DispatchDeps,
  type DispatchSummary,
} from '../lib/lanes/dispatch.ts'
import { observe } from './wiring/process.ts'
import { parameterAccess } from './wiring/parameters.ts'
import { recordFailure } from './wiring/record-failure.ts'

const environment = parseFunctionEnvironment('dispatch', process.env)
const { logger, metrics, telemetry } = observe(environment)
const table = new ItemTable(dynamoClient(), environment.STATE_TABLE_NAME)
const flags = new ParameterFlagSource(parameterAccess(), environment.FLAGS_PATH)
const features = openFeatureFlags(
  new ParameterProvider(flags, FLAGS_MAX_AGE_MS),
  environment.POWERTOOLS_SERVICE_NAME,
)
const deps: Omit<DispatchDeps, 'features'> = {
  environment: process.env,
  flags,
  catalog: new DynamoStrategyCatalog(table),
  executions: new DynamoExecutionStore(table),
  queue: new SqsFifoQueue(new SQSClient(clientSettings(FUNCTION_LIMITS)), environment.LANE_QUEUE_URL),
  telemetry,
}

/** `time` is the schedule's own: ISO-8601. */
export const handler = middy<{ readonly time: string }, DispatchSummary>(
  async ({ time }: { readonly time: string }) =>
    dispatchTick(instant(time), { ...deps, features: await features }),
)
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(recordFailure(telemetry, METRICS.dispatchFailures, 'the tick could not be dispatched'))
