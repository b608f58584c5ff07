/** Wires a stage's ports to AWS, or to the emulator that `AWS_ENDPOINT_URL` names. */
import { RequestBudget } from '../../domain/request-budget.ts'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'
import { deploymentNames, type Stage } from '../../deployment/names.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { momentOf } from '../../domain/time.ts'
import type { FlagSource } from '../../ports/flag-source.ts'
import type { FlagStore } from '../../ports/flag-store.ts'
import { systemClock as clock } from '../../adapters/system/system-clock.ts'
import type { Deployment } from '../../operations/deployment.ts'
import { openAccounts } from '../../adapters/dynamodb/open-accounts.ts'
import { dynamoClient } from '../../adapters/dynamodb/table/client.ts'
import { DynamoAccountRows } from '../../adapters/dynamodb/account-rows.ts'
import { DynamoFoldStore } from '../../adapters/dynamodb/fold-store.ts'
import { DynamoForwarderLease } from '../../adapters/dynamodb/forwarder-lease.ts'
import { DynamoMigrationLedger } from '../../adapters/dynamodb/migration-ledger.ts'
import { DynamoSingleRows } from '../../adapters/dynamodb/single-rows.ts'
import { DynamoSignalRows } from '../../adapters/dynamodb/signal-rows.ts'
import { ItemTable } from '../../adapters/dynamodb/table/item-table.ts'
import { dynamoStores } from '../../adapters/dynamodb/stores.ts'
import { SqsQueueOperations } from '../../adapters/sqs/queue-operations.ts'
import { parameterCredentialStore } from '../../adapters/ssm/credential-store.ts'
import { parameterFlagStore } from '../../adapters/ssm/flag-store.ts'
import { describePlace, type AwsPlace } from '../../adapters/aws/calls.ts'
import { clientSettings, OPERATOR_LIMITS } from '../../adapters/aws/client-settings.ts'
import { lambdaDispatcher } from '../../adapters/aws/dispatcher.ts'
import { openFeatureServices } from '../../adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../adapters/openfeature/parameter-provider.ts'
import { StoredSignalLog } from '../../signals/stored-signal-log.ts'
import { countsAsPast } from '../../strategy/history.ts'
import { awsInfrastructure } from '../../adapters/aws/infrastructure.ts'
import { cloudWatchLogReader } from '../../adapters/aws/log-reader.ts'

/** Longer than the dispatcher's own timeout. */
const INVOKE_TIMEOUT_MS = 65_000
/** Operators write no records, so nothing that they write expires. */
const NO_RETENTION = null

/**
 * Opens a stage; sends nothing.
 * @throws ConfigurationError when no region is configured
 */
export async function openDeployment(
  stage: Stage,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Deployment> {
  const names = deploymentNames(stage)
  const ssm = new SSMClient(clientSettings(OPERATOR_LIMITS))
  const place: AwsPlace = {
    region: await configuredRegion(ssm),
    endpoint: environment['AWS_ENDPOINT_URL'] ?? null,
  }
  const dynamo = dynamoClient()
  const lambda = new LambdaClient(clientSettings({ ...OPERATOR_LIMITS, requestTimeoutMs: INVOKE_TIMEOUT_MS }))
  const clients = {
    cloudFormation: new CloudFormationClient(clientSettings(OPERATOR_LIMITS)),
    dynamo,
    lambda,
    scheduler: new SchedulerClient(clientSettings(OPERATOR_LIMITS)),
    ssm,
    sts: new STSClient(clientSettings(OPERATOR_LIMITS)),
    snsSigning: new STSClient(clientSettings(OPERATOR_LIMITS)),
  }
  const stateTable = new ItemTable(dynamo, names.stateTable)
  const flags = parameterFlagStore({ ssm, place, path: names.flagsPath })
  const tables = { state: names.stateTable, signals: names.signalTable }
  return {
    stage,
    names,
    place: describePlace(place),
    flags,
    features: openFeatureServices('operator', new ParameterProvider(readOnce(flags), Infinity)),
    stores: dynamoStores(dynamo, tables, clock, NO_RETENTION),
    accountRows: new DynamoAccountRows(stateTable),
    migrationStores: {
      ledger: new DynamoMigrationLedger(stateTable),
      rows: new DynamoSingleRows(stateTable),
    },
    forwarderLease: new DynamoForwarderLease(stateTable),
    openUpdateStreams: async () => {
      const { AlpacaTradeUpdateStreams } = await import('../../adapters/alpaca/trade-update-streams.ts')
      return new AlpacaTradeUpdateStreams()
    },
    openBarStreaming: async () => {
      const { AlpacaBarStreams } = await import('../../adapters/alpaca/bar-streams.ts')
      const { LambdaDispatchAsker } = await import('../../adapters/aws/dispatch-asker.ts')
      const signals = new ItemTable(dynamo, names.signalTable)
      return {
        lease: new DynamoForwarderLease(stateTable, 'streamers'),
        streams: new AlpacaBarStreams(),
        openBars: async (options) =>
          (await import('../../adapters/alpaca/bar-source.ts')).openAlpacaBars(options),
        openLog: (retentionDays) => ({
          signals: new StoredSignalLog(new DynamoSignalRows(signals), clock, retentionDays, countsAsPast),
          folds: new DynamoFoldStore(signals),
        }),
        dispatcher: new LambdaDispatchAsker(lambda, names.function('dispatch')),
      }
    },
    openTopic: async (connection, topic, withinMs) => {
      const { KafkaTopic } = await import('../../adapters/kafka/kafka-topic.ts')
      const opened = new KafkaTopic(connection, topic, withinMs)
      await opened.check()
      return opened
    },
    readUserSecret: async (arn) =>
      (await import('../../adapters/aws/user-secret.ts')).readUserSecret(place, arn),
    queues: new SqsQueueOperations(new SQSClient(clientSettings(OPERATOR_LIMITS)), place, names),
    credentials: parameterCredentialStore({
      ssm,
      place,
      path: names.credentialsPath,
      keyAlias: names.credentialsKeyAlias,
    }),
    infrastructure: awsInfrastructure(clients, place, names),
    dispatcher: lambdaDispatcher(lambda, place, names),
    logs: cloudWatchLogReader(new CloudWatchLogsClient(clientSettings(OPERATOR_LIMITS)), place, names),
    clock,
    openAccounts: () => openAccounts(dynamo, names.stateTable),
    openBroker: async (target, credentials) => {
      const { openAlpacaBroker } = await import('../../adapters/alpaca/alpaca-broker.ts')
      return openAlpacaBroker({ target, credentials })
    },
    openBars: async (options) => {
      const { openAlpacaBars } = await import('../../adapters/alpaca/bar-source.ts')
      return openAlpacaBars({ ...options, budget: new RequestBudget() })
    },
    openOrderTester: async (target, credentials) => {
      const { openOrderTester } = await import('../../adapters/alpaca/order-tester.ts')
      return openOrderTester({ target, credentials })
    },
  }
}

/** For a command, which reads feature flags of one moment. */
function readOnce(flags: FlagStore): Pick<FlagSource, 'read'> {
  let kept: ReturnType<FlagSource['read']> | null = null
  const read = async () => ({ readAt: momentOf(clock), values: await flags.readAll() })
  return { read: () => (kept ??= read()) }
}

async function configuredRegion(client: SSMClient): Promise<string> {
  try {
    return await client.config.region()
  } catch (cause) {
    const violation = { path: 'AWS region', found: 'nothing', allowed: 'a region such as us-east-1' }
    throw new ConfigurationError('The AWS configuration', [violation], {
      cause,
      advice: 'Set AWS_REGION, or name a profile that has one (AWS_PROFILE).',
    })
  }
}
