/** A deployed stage as the operator's verbs see it: ports only, so that they run over any adapters. */
import type { DeploymentNames, Stage } from '../deployment/names.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget, BrokerCredentials } from '../domain/account.ts'
import type { KafkaConnection, KafkaUser } from '../domain/kafka.ts'
import type { BarSource, BarSourceOptions } from '../ports/bar-source.ts'
import type { Broker } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { CredentialStore } from '../ports/credential-store.ts'
import type { Dispatcher } from '../ports/dispatcher.ts'
import type { FeatureFlagServices } from '../ports/feature-flags.ts'
import type { BarStreaming } from './bar-streaming.ts'
import type { MigrationStores } from './migrate.ts'
import type { AccountRows } from '../ports/account-rows.ts'
import type { FlagStore } from '../ports/flag-store.ts'
import type { ForwarderLease } from '../ports/forwarder-lease.ts'
import type { Infrastructure } from '../ports/infrastructure.ts'
import type { LogReader } from '../ports/log-reader.ts'
import type { OrderTester } from '../ports/order-tester.ts'
import type { OpenQueue } from '../ports/queue.ts'
import type { QueueOperations } from '../ports/queue-operations.ts'
import type { StateStores } from '../ports/state-stores.ts'
import type { TradeUpdateStreams } from '../ports/trade-update-streams.ts'
import type { RawValues } from '../domain/settings.ts'
import type { Fleet } from '../flags/fleet.ts'
import { fleetInForce } from '../lanes/read-fleet.ts'

export interface Deployment {
  readonly stage: Stage
  readonly names: DeploymentNames
  /** Region, and the endpoint if it is not AWS itself. */
  readonly place: string
  readonly flags: FlagStore
  readonly stores: StateStores
  readonly migrationStores: MigrationStores
  readonly accountRows: AccountRows
  readonly queues: QueueOperations
  readonly credentials: CredentialStore
  readonly infrastructure: Infrastructure
  readonly dispatcher: Dispatcher
  readonly features: FeatureFlagServices
  readonly logs: LogReader
  readonly forwarderLease: ForwarderLease
  readonly clock: Clock
  /** The accounts that have open work, registered or not. @throws UnavailableError */
  openAccounts(): Promise<readonly AccountLabel[]>
  /** Opens an account's broker with credentials that are not stored yet. Sends nothing. */
  openBroker(target: BrokerTarget, credentials: BrokerCredentials): Promise<Broker>
  /** Opens what reads bars with an account's key. Sends nothing yet. */
  openBars(options: Omit<BarSourceOptions, 'budget'>): Promise<BarSource>
  /** Opens what sends an operator's test order. Sends nothing yet. */
  openOrderTester(target: BrokerTarget, credentials: BrokerCredentials): Promise<OrderTester>
  /** What listens to brokers' streams. Connects to none yet. */
  openUpdateStreams(): Promise<TradeUpdateStreams>
  /** What streams bars into the log. Connects to nothing yet. */
  openBarStreaming(): Promise<BarStreaming>
  /** A topic's sending side, once the cluster has told of the topic. @throws ConfigurationError, UnavailableError */
  openTopic(connection: KafkaConnection, topic: string, withinMs: number): Promise<OpenQueue>
  /** A user and password that Secrets Manager keeps. @throws ConfigurationError, UnavailableError */
  readUserSecret(arn: string): Promise<KafkaUser>
}

export interface DeployedFleet extends Fleet {
  readonly environment: RawValues
  readonly overlay: Readonly<Record<string, string>>
}

/** @throws ConfigurationError with every violation, UnavailableError */
export async function readFleet({
  flags,
  infrastructure,
  stores,
}: Pick<Deployment, 'flags' | 'infrastructure' | 'stores'>): Promise<DeployedFleet> {
  const [overlay, found] = await Promise.all([flags.readAll(), infrastructure.functionFlags('lane')])
  const environment = found ?? {}
  return { ...(await fleetInForce(environment, overlay, stores.roster)), environment, overlay }
}
