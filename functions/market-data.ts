/**
 * Reads the bars that have closed and appends their signals to the log of their source (docs/market-data.md). Thin: parse, wire,
 * call the library.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { DynamoFoldStore } from '../lib/adapters/dynamodb/fold-store.ts'
import { DynamoSignalRows } from '../lib/adapters/dynamodb/signal-rows.ts'
import { DynamoStrategyCatalog } from '../lib/adapters/dynamodb/strategy-catalog.ts'
import { dynamoClient } from '../lib/adapters/dynamodb/table/client.ts'
import { ItemTable } from '../lib/adapters/dynamodb/table/item-table.ts'
import { readCredentials } from '../lib/adapters/ssm/credentials.ts'
import { ParameterFlagSource } from '../lib/adapters/ssm/flag-source.ts'
import { machinePauses } from '../lib/adapters/ssm/retry.ts'
import { systemClock } from '../lib/adapters/system/system-clock.ts'
import { parseFunctionEnvironment } from '../lib/deployment/function-environment.ts'
import { METRICS } from '../lib/domain/metric-names.ts'
import { foldVersion } from '../lib/series/fold-version.ts'
import { DeployedProducer, type ProducerOutcome } from '../lib/producer/deployed-producer.ts'
import { askForTicks, StoredPositions } from '../lib/signals/stored-positions.ts'
import { StoredSignalLog } from '../lib/signals/stored-signal-log.ts'
import { countsAsPast } from '../lib/strategy/history.ts'
import { deployedIndicators } from '../plugins/registry.ts'
import { dispatchAsker } from './wiring/dispatch-asker.ts'
import { parameterAccess } from './wiring/parameters.ts'
import { countAtOnce, observe, recordFailure } from './wiring/process.ts'

const environment = parseFunctionEnvironment('market-data', process.env)
const { logger, metrics, telemetry } = observe(environment)
const { FLAGS_PATH, CREDENTIALS_PATH, TORGHUT_CODE_VERSION: codeVersion } = environment
const parameters = parameterAccess()
const client = dynamoClient()
const signals = new ItemTable(client, environment.SIGNAL_TABLE_NAME)
const retentionDays = Number(environment.TORGHUT_RETENTION_DAYS)
const own = deployedIndicators()

const dispatcher = dispatchAsker(environment.DISPATCH_FUNCTION_NAME)

const producer = new DeployedProducer({
  environment: process.env,
  flags: new ParameterFlagSource(parameters, FLAGS_PATH),
  catalog: new DynamoStrategyCatalog(new ItemTable(client, environment.STATE_TABLE_NAME)),
  signals: new StoredSignalLog(new DynamoSignalRows(signals), systemClock, retentionDays, countsAsPast),
  folds: new DynamoFoldStore(signals),
  own,
  version: foldVersion(own, codeVersion),
  credentials: (account) => readCredentials(parameters, CREDENTIALS_PATH, account),
  openBars: async (options) => (await import('../lib/adapters/alpaca/bar-source.ts')).openAlpacaBars(options),
  clock: systemClock,
  pause: machinePauses.pause,
  telemetry,
  appended: async (source, position) => {
    const stored = new StoredPositions()
    stored.note(source, position)
    await askForTicks(stored, 'market-data', { dispatcher, clock: systemClock, telemetry })
  },
})

export const handler = middy<unknown, ProducerOutcome>(async (_event: unknown, context: Context) => {
  // first of all, and written at once: without it the schedule counts as stopped
  countAtOnce(environment, 'market-data', METRICS.marketDataRuns, 1)
  const outcome = await producer.run(() => context.getRemainingTimeInMillis())
  // what the alarm on a session without signals looks at; a zero of its own would be one at night
  const appended = outcome.kind === 'ran' ? outcome.appended : 0
  if (appended > 0) countAtOnce(environment, 'ingest', METRICS.ingestedSignals, appended)
  return outcome
})
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(recordFailure(telemetry, METRICS.marketDataFailures, 'bars could not be read or stored'))
