/**
 * The deployed functions, wired as in functions/: the library's code over the services of one process. What a process
 * keeps between its invocations is made once per host.
 */
import type { Context, SQSEvent } from 'aws-lambda'
// the gateway loads it when it first connects; loading is real I/O, which a run must not wait for
import '../../../lib/adapters/alpaca/alpaca-broker.ts'
import { consumeFifo, showSoon } from '../../../functions/wiring/consume-fifo.ts'
import { AlpacaGateway } from '../../../lib/adapters/alpaca/gateway.ts'
import { DynamoQuarantine } from '../../../lib/adapters/dynamodb/quarantine.ts'
import { dynamoStores } from '../../../lib/adapters/dynamodb/stores.ts'
import { ItemTable } from '../../../lib/adapters/dynamodb/table/item-table.ts'
import { SqsFifoQueue } from '../../../lib/adapters/sqs/fifo-queue.ts'
import { readCredentials } from '../../../lib/adapters/ssm/credentials.ts'
import { ParameterFlagSource } from '../../../lib/adapters/ssm/flag-source.ts'
import type { ParameterAccess } from '../../../lib/adapters/ssm/retry.ts'
import type { AppendedSignals } from '../../../lib/domain/appended-signals.ts'
import type { TradingWindow } from '../../../lib/domain/schedule-expression.ts'
import type { RawValues } from '../../../lib/domain/settings.ts'
import { asEpochMs } from '../../../lib/domain/time.ts'
import { featureKey, parseFeature } from '../../../lib/flags/resolve.ts'
import { dispatchTick, FLAGS_MAX_AGE_MS } from '../../../lib/lanes/dispatch.ts'
import { handleTick, type TickOutcome } from '../../../lib/lanes/handle-tick.ts'
import { tickQueue } from '../../../lib/lanes/tick-queue.ts'
import { laneWiring, type LanePorts } from '../../../lib/lanes/lane-wiring.ts'
import type { FeatureFlags } from '../../../lib/ports/feature-flags.ts'
import type { DispatchAsker } from '../../../lib/ports/dispatch-asker.ts'
import type { FlagSource } from '../../../lib/ports/flag-source.ts'
import type { Telemetry } from '../../../lib/ports/telemetry.ts'
import { ingestMessage } from '../../../lib/signals/ingest-message.ts'
import { askForTicks, StoredPositions } from '../../../lib/signals/stored-positions.ts'
import type { QueuedMessage } from './fifo-queue.ts'
import type { Host, Invocation } from './host.ts'
import { REGISTRY } from './market-reader.ts'
import type { Services } from './services.ts'
import {
  CREDENTIALS_PATH,
  FLAGS_PATH,
  LANE_QUEUE,
  RETENTION_DAYS,
  SIGNAL_QUEUE,
  TABLES,
} from './stage-names.ts'

export const LANE_TIMEOUT_MS = 45_000
export const INGEST_TIMEOUT_MS = 30_000

export interface FunctionDeps {
  readonly services: Services
  readonly telemetry: Telemetry
  /** The functions' environment: settings beneath the parameters. */
  readonly environment: RawValues
  /** When lanes run; always if absent. */
  readonly window?: TradingWindow
  /** Who is asked for ticks after signals, where the stage has it. */
  readonly asker?: (host: Host) => DispatchAsker
  pause(invocation: Invocation, milliseconds: number): Promise<void>
}

function processOf(host: Host, deps: FunctionDeps) {
  const { services, telemetry } = deps
  const ssm = services.ssm(host)
  const client = services.dynamo(host)
  const stores = dynamoStores(client, TABLES, host.clock, RETENTION_DAYS)
  const parameters: ParameterAccess = {
    kept: ssm,
    fresh: ssm,
    clock: host.clock,
    pause: async (milliseconds) => {
      if (host.current !== null) await deps.pause(host.current, milliseconds)
    },
    random: () => (host.current?.random.below(1000) ?? 0) / 1000,
  }
  const flags = new ParameterFlagSource(parameters, FLAGS_PATH)
  const ports: LanePorts = {
    ...stores,
    registry: REGISTRY,
    environment: deps.environment,
    flags,
    gateway: (account, budget) =>
      new AlpacaGateway({
        budget,
        credentials: () => readCredentials(parameters, CREDENTIALS_PATH, account),
        fetch: services.fetch(host),
        timeoutMs: 0,
      }),
    randomness: { token: () => `${host.current?.name}/${host.current?.random.below(2 ** 30)}` },
    clock: host.clock,
    telemetry,
    codeVersion: host.codeVersion,
  }
  return {
    stores,
    flags,
    parameters,
    fetch: services.fetch(host),
    signals: new ItemTable(client, TABLES.signals),
    queue: tickQueue(new SqsFifoQueue(services.sqs(host), LANE_QUEUE, parameters.pause)),
    ports,
    wire: laneWiring(ports),
  }
}

export function kept(host: Host, deps: FunctionDeps): ReturnType<typeof processOf> {
  const known = host.kept.get('process') as ReturnType<typeof processOf> | undefined
  if (known !== undefined) return known
  const made = processOf(host, deps)
  host.kept.set('process', made)
  return made
}

/** @param appended of a tick after signals; null: of the schedule */
export async function dispatchFunction(
  host: Host,
  deps: FunctionDeps,
  scheduledAt: number,
  appended: AppendedSignals | null = null,
): Promise<void> {
  const { flags, stores, queue } = kept(host, deps)
  const features = deps.services.features(host) ?? featuresFrom(flags)
  await dispatchTick(asEpochMs(scheduledAt), {
    environment: deps.environment,
    flags,
    features: { open: async () => features },
    roster: stores.roster,
    catalog: stores.catalog,
    executions: stores.executions,
    unmatched: stores.unmatchedOrders,
    queue,
    telemetry: deps.telemetry,
    ...(deps.window === undefined ? {} : { window: deps.window }),
    ...(appended === null
      ? {}
      : {
          after: {
            upTo: { source: appended.source, position: appended.position },
            by: appended.by,
            waiting: stores.waitingTicks,
          },
        }),
  })
}

export function laneFunction(host: Host, deps: FunctionDeps, message: QueuedMessage): Promise<TickOutcome> {
  const { ports, wire } = kept(host, deps)
  const { clock } = host
  const deadline = asEpochMs(clock.now() + LANE_TIMEOUT_MS)
  const pause = async (milliseconds: number): Promise<void> => {
    if (host.current !== null) await deps.pause(host.current, milliseconds)
  }
  const time = { totalMs: LANE_TIMEOUT_MS, remainingMs: () => deadline - clock.now(), pause }
  const delivery = { body: message.body, receiveCount: message.receives }
  return handleTick(delivery, ports, (decoded) =>
    wire(decoded, { deadline, time, redelivered: message.receives > 1 }),
  )
}

/** Returns the ids of the messages that failed. */
export async function ingestFunction(
  host: Host,
  deps: FunctionDeps,
  messages: readonly QueuedMessage[],
): Promise<readonly string[]> {
  const { stores, signals } = kept(host, deps)
  const quarantine = new DynamoQuarantine(signals, host.clock, RETENTION_DAYS)
  const deadline = host.clock.now() + INGEST_TIMEOUT_MS
  const stored = new StoredPositions()
  const failed = await consume(host, deps, messages, SIGNAL_QUEUE, ({ body, attributes }) => {
    const delivery = {
      text: body,
      origin: attributes.MessageGroupId ?? 'unknown',
      redelivered: Number(attributes.ApproximateReceiveCount) > 1,
      remainingMs: () => deadline - host.clock.now(),
    }
    const { telemetry } = deps
    const ingesting = { clock: host.clock, signals: stores.signals, quarantine, telemetry, stored }
    return ingestMessage(delivery, ingesting)
  })
  const asking = { dispatcher: deps.asker?.(host) ?? null, clock: host.clock, telemetry: deps.telemetry }
  await askForTicks(stored, 'ingest', asking)
  return failed
}

export async function consume(
  host: Host,
  { telemetry, services }: FunctionDeps,
  messages: readonly QueuedMessage[],
  queue: string,
  take: Parameters<typeof consumeFifo>[3],
): Promise<readonly string[]> {
  const Records = messages.map(({ id, body, group, receives, receipt }) => ({
    messageId: id,
    receiptHandle: receipt,
    body,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}`,
    attributes: { MessageGroupId: group, ApproximateReceiveCount: String(receives) },
  }))
  const deadline = host.clock.now() + 30_000
  const context = { getRemainingTimeInMillis: () => deadline - host.clock.now() } as Context
  const { batchItemFailures } = await consumeFifo(
    { Records } as unknown as SQSEvent,
    context,
    telemetry,
    take,
    (records) => showSoon(records, services.sqs(host)),
  )
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

function featuresFrom(flags: FlagSource): FeatureFlags {
  return {
    read: async (key, entity) => {
      try {
        const { values } = await flags.read(FLAGS_MAX_AGE_MS)
        const on = parseFeature(values[featureKey(key)] ?? 'false')
        if (on === null) return { kind: 'unreadable', reason: 'no such text' }
        const isOn = typeof on === 'boolean' ? on : on.includes(entity)
        return { kind: isOn ? 'on' : 'off' }
      } catch {
        return { kind: 'unreadable', reason: 'the flags cannot be read' }
      }
    },
  }
}
