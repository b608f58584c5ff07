/**
 * What an operator does while lanes run: the code of the verbs `kill`, `flags set`, `lane resume` and `dlq redrive`, in
 * a process of its own whose requests meet faults like all others.
 */
import { openAlpacaBroker } from '../../../lib/adapters/alpaca/alpaca-broker.ts'
import type { AwsPlace } from '../../../lib/adapters/aws/calls.ts'
import { dynamoStores } from '../../../lib/adapters/dynamodb/stores.ts'
import { SqsQueueOperations } from '../../../lib/adapters/sqs/queue-operations.ts'
import { parameterFlagStore } from '../../../lib/adapters/ssm/flag-store.ts'
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { BrokerCredentials, BrokerTarget } from '../../../lib/domain/account.ts'
import type { AccountEntry } from '../../../lib/domain/account.ts'
import { putRegistry } from '../../../lib/operations/account-registration.ts'
import { inspectLane } from '../../../lib/operations/inspect-lane.ts'
import { redrive } from '../../../lib/operations/redrive.ts'
import { planResume, resumeLane } from '../../../lib/operations/resume-lane.ts'
import type { Cloud } from './cloud.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { Host } from './host.ts'
import { type Stream, streamOf } from './random.ts'
import { type Scenario, sourceOf } from './scenario.ts'
import type { Services } from './services.ts'
import { FLAGS_PATH, KILL_SWITCH, NAMES, RETENTION_DAYS, TABLES } from './stage-names.ts'

export interface OperatorOptions {
  readonly cloud: Cloud
  readonly services: Services
  readonly exchange: SimulatedExchange
  readonly scenario: Scenario
  /** Of the registry. */
  readonly entries: readonly AccountEntry[]
  readonly seed: number
  /** From here on the account's lane may go on. */
  readonly onResume: (account: string) => void
}

export type Verb =
  | 'operator_kill_on'
  | 'operator_kill_off'
  | 'operator_flags_set'
  | 'operator_lane_resume'
  | 'operator_redrive'
  | 'operator_registry_move'

const PLACE: AwsPlace = { region: 'eu-central-1', endpoint: null }
/** Nobody waits longer for a command. */
const PATIENCE_MS = 60_000

export class Operator {
  readonly #options: OperatorOptions
  readonly #random: Stream

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#random = streamOf(options.seed, 'operator')
  }

  does(verb: Verb): void {
    const { cloud, scenario } = this.#options
    const account = this.#random.pick(scenario.accounts)
    const value = String(this.#random.between(1, 20))
    cloud.invoke(
      'operator',
      verb,
      PATIENCE_MS,
      async (host) => {
        if (verb === 'operator_lane_resume') await this.#resume(host, account)
        else if (verb === 'operator_redrive') await this.#redrive(host)
        else if (verb === 'operator_registry_move') await this.#move(host, Number(value) % 2 === 0)
        else if (verb === 'operator_flags_set') await this.#set(host, 'TRADING_MAX_ORDERS_PER_CYCLE', value)
        else await this.#set(host, KILL_SWITCH, String(verb === 'operator_kill_on'))
      },
      () => undefined,
    )
  }

  /** As `accounts apply --to` does with accounts that stay the same. */
  async #move(host: Host, toRoster: boolean): Promise<void> {
    const { services, entries, scenario } = this.#options
    // a registry of before the restore would name a roster that the table does not have any more
    if (scenario.restoreToTick !== null) return
    const flags = parameterFlagStore({ ssm: services.ssm(host), place: PLACE, path: FLAGS_PATH })
    const stores = dynamoStores(services.dynamo(host), TABLES, host.clock, RETENTION_DAYS)
    const place = toRoster ? 'roster' : 'parameter'
    await putRegistry({ entries, place }, { flags, stores }, () => undefined)
  }

  async #set(host: Host, name: string, value: string): Promise<void> {
    const ssm = this.#options.services.ssm(host)
    await parameterFlagStore({ ssm, place: PLACE, path: FLAGS_PATH }).write(name, value)
  }

  async #redrive(host: Host): Promise<void> {
    const queues = new SqsQueueOperations(this.#options.services.sqs(host), PLACE, NAMES)
    for (const queue of ['lane', 'signals', 'order-feed-v2'] as const) await redrive(queues, queue)
  }

  /** Runs a command of which nothing but the answer matters. */
  asks(name: string, command: (host: Host) => Promise<void>): void {
    this.#options.cloud.invoke('operator', name, PATIENCE_MS, command, () => undefined)
  }

  /** The stage as the verbs see it, as far as they need it here. */
  deployment(host: Host, account: string) {
    const { services, exchange } = this.#options
    const keyId = `key-${account}`
    const fetch = services.fetch(host)
    return {
      stores: dynamoStores(services.dynamo(host), TABLES, host.clock, RETENTION_DAYS),
      clock: host.clock,
      credentials: {
        labels: async () => [],
        read: async () => ({ keyId, secret: exchange.secrets.get(keyId) ?? '' }),
        write: async () => {},
      },
      openBroker: async (target: BrokerTarget, credentials: BrokerCredentials) =>
        openAlpacaBroker({ target, credentials, fetch, timeoutMs: 0 }),
    }
  }

  /** As `lane resume --disown` does, after its question. */
  async #resume(host: Host, account: string): Promise<void> {
    const deployment = this.deployment(host, account)
    const inspection = await inspectLane(deployment, accountLabel(account), sourceOf(this.#options.scenario))
    const plan = planResume(inspection, { disownOpen: true, now: host.clock.now() })
    if (plan.kind !== 'ready') return
    this.#options.onResume(account)
    await resumeLane(inspection.status, plan.disown, 'somebody', deployment)
  }
}
