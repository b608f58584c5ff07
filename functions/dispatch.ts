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
import { DynamoAccountRoster } from '../lib/adapters/dynamodb/account-roster.ts'
import { DynamoExecutionStore } from '../lib/adapters/dynamodb/execution-store.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { DynamoStrategyCatalog } from '../lib/adapters/dynamodb/strategy-catalog.ts'
import { openFeatureServices } from '../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../lib/adapters/openfeature/parameter-provider.ts'
import { ParameterFlagSource } from '../lib/adapters/ssm/flag-source.ts'
import { DynamoUnmatchedOrderStore } from '../lib/adapters/dynamodb/unmatched-order-store.ts'
import { DynamoWaitingTicks } from '../lib/adapters/dynamodb/waiting-ticks.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { SqsFifoQueue } from '../lib/adapters/sqs/fifo-queue.ts'
import type { AppendedSignals } from '../lib/domain/appended-signals.ts'
import { OPERATOR_SOURCE } from '../lib/domain/deployment-parts.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { METRICS } from '../lib/domain/metric-names.ts'
import { tradingWindow } from '../lib/domain/schedule-expression.ts'
import { instant } from '../lib/domain/time.ts'
import { decodeAppended } from '../lib/formats/appended-event.ts'
import {
  dispatchTick,
  FLAGS_MAX_AGE_MS,
  type DispatchDeps,
  type DispatchSummary,
} from '../lib/lanes/dispatch.ts'
import { tickQueue } from '../lib/lanes/tick-queue.ts'
import { parameterAccess } from './wiring/parameters.ts'
import { countAtOnce, observe, recordFailure } from './wiring/process.ts'

const environment = parseFunctionEnvironment('dispatch', process.env)
const { logger, metrics, telemetry } = observe(environment)
const table = new ItemTable(dynamoClient(), environment.STATE_TABLE_NAME)
const flags = new ParameterFlagSource(parameterAccess(), environment.FLAGS_PATH)
const deps: DispatchDeps = {
  environment: process.env,
  flags,
  features: openFeatureServices(
    environment.POWERTOOLS_SERVICE_NAME,
    new ParameterProvider(flags, FLAGS_MAX_AGE_MS),
  ),
  roster: new DynamoAccountRoster(table, systemClock),
  catalog: new DynamoStrategyCatalog(table),
  executions: new DynamoExecutionStore(table),
  unmatched: new DynamoUnmatchedOrderStore(table, systemClock, null),
  queue: tickQueue(
    new SqsFifoQueue(new SQSClient(clientSettings(FUNCTION_LIMITS)), environment.LANE_QUEUE_URL),
  ),
  telemetry,
}

const waiting = new DynamoWaitingTicks(table, systemClock)

const window = tradingWindow(environment.TORGHUT_TRADING_WINDOW, environment.TORGHUT_TIME_ZONE)

/** What EventBridge Scheduler sends by itself; an operator's tick, and one after signals, names another source. */
interface Tick {
  /** ISO-8601, the schedule's own. */
  readonly time: string
  readonly source?: string
}

async function dispatch(event: Tick): Promise<DispatchSummary> {
  const appended = decodeAppended(event)
  return appended === null ? dispatchDue(event) : dispatchAfter(appended)
}

function dispatchAfter({ at, by, ...upTo }: AppendedSignals): Promise<DispatchSummary> {
  countAtOnce(environment, 'dispatch', METRICS.signalTicks, 1)
  return dispatchTick(at, { ...deps, window, after: { upTo, by, waiting } })
}

async function dispatchDue({ time, source }: Tick): Promise<DispatchSummary> {
  // first of all, and written at once: without it the schedule counts as stopped
  countAtOnce(environment, 'dispatch', METRICS.dispatchTicks, 1)
  const asked = source === OPERATOR_SOURCE ? {} : { window }
  const summary = await dispatchTick(instant(time), { ...deps, ...asked })
  // a zero beside what ingest counts: only so can an alarm tell "none in an open session" from "closed"
  if (summary.signalsDue) countAtOnce(environment, 'ingest', METRICS.ingestedSignals, 0)
  return summary
}

export const handler = middy<Tick, DispatchSummary>(dispatch)
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(recordFailure(telemetry, METRICS.dispatchFailures, 'the tick could not be dispatched'))
