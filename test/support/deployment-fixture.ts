/** A deployed stage in memory, for the operator's verbs: real state stores, and queues and parameters as values. */
import { MemoryBarSource } from '../../lib/adapters/memory/bar-source.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { deploymentNames, parseStage } from '../../lib/deployment/names.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { BrokerRefusedError, ConfigurationError } from '../../lib/domain/errors.ts'
import { type EpochMs, instant } from '../../lib/domain/time.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import type { AlarmSubscriptions, DeployedSchedule } from '../../lib/ports/infrastructure.ts'
import type { BarSource } from '../../lib/ports/bar-source.ts'
import type { LogLine } from '../../lib/ports/log-reader.ts'
import type { QueueMessage } from '../../lib/ports/queue.ts'
import type { QueuedMessage } from '../../lib/ports/queue-operations.ts'
import { openOrderTester } from '../../lib/adapters/alpaca/order-tester.ts'
import { AlpacaTradeUpdateStreams } from '../../lib/adapters/alpaca/trade-update-streams.ts'
import { MemoryForwarderLease } from './memory-forwarder-lease.ts'
import { openFeatureServices } from '../../lib/adapters/openfeature/flag-services.ts'
import { ParameterProvider } from '../../lib/adapters/openfeature/parameter-provider.ts'
import { flagSource } from './flag-readings.ts'
import { HandClock } from './hand-clock.ts'
import { aSnapshot } from './state-samples.ts'

export const NOW = instant('2024-05-14T14:30:00Z')

export interface FakeStage {
  readonly deployment: Deployment
  /** Parameter Store's flags, by name; the kill switch is on, as the stack creates it. */
  readonly flags: Record<string, string>
  /** Every call that changed or read flags, in order. */
  readonly flagCalls: string[]
  readonly credentials: Map<AccountLabel, string>
  readonly sent: QueueMessage[]
  readonly deadLetters: QueuedMessage[]
  readonly logLines: LogLine[]
  /** Broker account ids by key id; a key that is not here is refused with 401. */
  readonly brokerAccounts: Map<string, string>
  readonly dispatchedAt: EpochMs[]
  /** What the key of any account reads. */
  bars: BarSource
  /** Deduplication ids that the queue does not take. */
  readonly refused: Set<string>
  /** Accounts that the index of open work names. */
  readonly openAccounts: AccountLabel[]
  stack: string | null
  schedule: DeployedSchedule | null
  subscriptions: AlarmSubscriptions | null
}

let stages = 0

const notHere = (): never => {
  throw new Error('this stage has no rows to migrate')
}
/** Migrations are tested over tables. */
const noMigrations: Deployment['migrationStores'] = {
  ledger: { read: notHere, write: notHere },
  rows: { readPage: notHere, labels: notHere, isolate: notHere, name: notHere, compare: notHere },
}

export function fakeStage(name = 'dev'): FakeStage {
  const stage = parseStage(name)
  if (stage === null) throw new Error(`not a stage: ${name}`)
  const names = deploymentNames(stage)
  const clock = new HandClock(NOW)
  const fake: FakeStage = {
    flags: { TRADING_KILL_SWITCH_ENABLED: 'true' },
    flagCalls: [],
    credentials: new Map(),
    sent: [],
    deadLetters: [],
    logLines: [],
    brokerAccounts: new Map([['KEY-1', 'broker-1']]),
    dispatchedAt: [],
    openAccounts: [],
    bars: new MemoryBarSource({ bars: [], now: clock.now }),
    refused: new Set(),
    stack: 'CREATE_COMPLETE',
    schedule: { enabled: true, expression: 'rate(1 minute)', timeZone: 'UTC', tradingWindow: 'always' },
    subscriptions: { confirmed: 1, pending: 0 },
    deployment: {
      stage,
      names,
      place: 'AWS us-east-1',
      clock,
      stores: memoryStores(clock, null),
      migrationStores: noMigrations,
      accountRows: { rows: notHere },
      flags: {
        place: names.flagsPath,
        readAll: async () => {
          fake.flagCalls.push('read')
          return { ...fake.flags }
        },
        write: async (flag, value) => {
          fake.flagCalls.push(`write ${flag}`)
          const before = fake.flags[flag] ?? null
          fake.flags[flag] = value
          return { before }
        },
        remove: async (flag) => {
          fake.flagCalls.push(`remove ${flag}`)
          const before = fake.flags[flag] ?? null
          delete fake.flags[flag]
          return { before }
        },
      },
      credentials: {
        labels: async () => [...fake.credentials.keys()],
        read: async (label) => {
          const keyId = fake.credentials.get(label)
          if (keyId === undefined) throw new ConfigurationError('The credentials', [])
          return { keyId, secret: 'S' }
        },
        write: async (label, { keyId }) => void fake.credentials.set(label, keyId),
      },
      queues: {
        depth: async ({ queue, deadLetters }) => ({
          waiting: deadLetters && queue === 'lane' ? fake.deadLetters.length : 0,
          inFlight: 0,
        }),
        receive: async () => fake.deadLetters.slice(0, 10),
        release: async () => {},
        remove: async (_place, messages) => {
          for (const message of messages) fake.deadLetters.splice(fake.deadLetters.indexOf(message), 1)
        },
        sender: async () => ({
          send: async (messages) => {
            const taken = messages.filter(({ deduplicationId }) => !fake.refused.has(deduplicationId))
            fake.sent.push(...taken)
            return {
              failed: messages
                .filter((message) => !taken.includes(message))
                .map(({ deduplicationId }) => deduplicationId),
            }
          },
        }),
      },
      infrastructure: {
        identity: async () => ({ account: '000000000000', principal: 'arn:aws:iam::000000000000:root' }),
        stackStatus: async () => fake.stack,
        tableStatus: async () => (fake.stack === null ? null : 'ACTIVE'),
        highParameterThroughput: async () => false,
        schedule: async () => fake.schedule,
        alarmSubscriptions: async () => fake.subscriptions,
        functionEnvironment: async () => ({}),
        functionFlags: async () => ({}),
      },
      dispatcher: {
        dispatch: async (at) => {
          fake.dispatchedAt.push(at)
          return { kind: 'answered', payload: { tickAt: at, cycles: ['paper'], reconciles: [], held: [] } }
        },
      },
      features: openFeatureServices(
        `fake-stage-${(stages += 1)}`,
        new ParameterProvider(
          flagSource(clock, () => fake.flags),
          0,
        ),
      ),
      logs: {
        read: async function* read(name, since, holding = '') {
          const found = fake.logLines.filter((line) => line.function === name && line.at >= since)
          yield* found.filter(({ text }) => text.includes(holding))
        },
      },
      openAccounts: async () => fake.openAccounts,
      forwarderLease: new MemoryForwarderLease(),
      openUpdateStreams: async () => new AlpacaTradeUpdateStreams(),
      openBarStreaming: async () => {
        throw new Error('this stage has no market')
      },
      openTopic: async () => {
        throw new Error('this stage has no cluster')
      },
      readUserSecret: async () => {
        throw new Error('this stage has no secrets')
      },
      openBars: async () => fake.bars,
      openOrderTester: async (target, credentials) => openOrderTester({ target, credentials }),
      openBroker: async (target, { keyId }) => {
        const brokerAccountId = fake.brokerAccounts.get(keyId)
        const unused = async () => {
          throw new Error('only the snapshot is asked for')
        }
        return {
          target,
          findByClientOrderId: unused,
          cancel: unused,
          cancelAll: unused,
          openOrders: unused,
          finalOrders: unused,
          ordersSentAfter: unused,
          snapshot: async () => {
            if (brokerAccountId === undefined)
              throw new BrokerRefusedError("the broker's orders: status 401", 401)
            return { ...aSnapshot({ balance: { brokerAccountId } }), unreadableOrders: [] }
          },
        }
      },
    },
  }
  return fake
}
