/** The functions behind their queues, as a deployed stage has them. */
import type { TickOutcome } from '../../../lib/lanes/handle-tick.ts'
import type { QueueName } from '../../../lib/domain/deployment-parts.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import { orderFeedFunction } from './feed-functions.ts'
import { FifoQueue, type QueuedMessage } from './fifo-queue.ts'
import { type FunctionDeps, ingestFunction, LANE_TIMEOUT_MS, laneFunction } from './functions.ts'
import type { Invocation } from './host.ts'
import type { Kernel } from './kernel.ts'
import { upToOf } from './signal-tick-rules.ts'
import { saysAdmitted } from './tick-rules.ts'
import { NAMES } from './stage-names.ts'
import type { UpdateWay } from './update-way.ts'

/** A message of the lane queue, as far as it is judged by. */
export interface LaneTick {
  readonly account: string
  /** Whether it looks at the catalog and the flags of now: delivered before, or older than a minute. */
  readonly isDated: boolean
  /** The position that a tick after signals names. */
  readonly upTo: number | null
}

/** What a message of the lane queue says, as far as it is judged by. */
type SaidOfTick = Parameters<typeof saysAdmitted>[0] &
  Parameters<typeof upToOf>[0] & { readonly kill_switch_on: boolean; readonly tick_at: string }

/** Told of lanes' invocations. */
export interface LaneListener {
  laneBegins(invocation: Invocation, account: string, waiting: readonly QueuedMessage[]): void
  laneEnded(invocation: Invocation, tick: LaneTick, outcome: TickOutcome): void
}

/** The function's queue, as updates come by it. */
export function queueWay(feed: FunctionSpec, cloud: Cloud, kernel: Kernel): UpdateWay {
  return {
    mayLose: true,
    send: (account, id, body) => {
      feed.queue.send(account, id, body, kernel.now)
      cloud.pump(feed)
    },
  }
}

export interface DeployedFunctions {
  readonly lane: FunctionSpec
  readonly ingest: FunctionSpec
  readonly orderFeed: FunctionSpec
}

const CONSUMER_TIMEOUT_MS = 30_000
const VISIBILITY_MARGIN_MS = 10_000
const MAXIMUM_RECEIVES = 3

export function deployedFunctions(deps: () => FunctionDeps, lanes: LaneListener): DeployedFunctions {
  const laneQueue = workQueue('lane', LANE_TIMEOUT_MS)
  return {
    lane: {
      name: 'lane',
      timeoutMs: LANE_TIMEOUT_MS,
      queue: laneQueue,
      batchSize: 1,
      pickUpMs: 80,
      run: async (host, invocation, [message]) => {
        if (message === undefined) return []
        lanes.laneBegins(invocation, message.group, laneQueue.messages)
        const said = JSON.parse(message.body) as SaidOfTick
        const dated = isDated(said, message.receives, host.clock.now())
        const tick = { account: message.group, isDated: dated, upTo: upToOf(said) }
        invocation.admitted = saysAdmitted(said)
        invocation.killSwitchOn = said.kill_switch_on
        const outcome = await laneFunction(host, deps(), message)
        lanes.laneEnded(invocation, tick, outcome)
        return []
      },
    },
    ingest: {
      name: 'ingest',
      timeoutMs: CONSUMER_TIMEOUT_MS,
      queue: workQueue('signals', CONSUMER_TIMEOUT_MS),
      batchSize: 10,
      pickUpMs: 80,
      run: (host, _, messages) => ingestFunction(host, deps(), messages),
    },
    orderFeed: {
      name: 'order-feed',
      timeoutMs: CONSUMER_TIMEOUT_MS,
      queue: workQueue('order-feed-v2', CONSUMER_TIMEOUT_MS),
      batchSize: 10,
      // so that updates come in batches
      pickUpMs: 400,
      run: (host, _, messages) => orderFeedFunction(host, deps(), messages),
    },
  }
}

/** All queues, dead letters' too, by their deployed names. */
export function queuesOf(functions: DeployedFunctions): ReadonlyMap<string, FifoQueue> {
  const queues = Object.values(functions).flatMap(({ queue }: FunctionSpec) =>
    queue.options.deadLetters === null ? [queue] : [queue, queue.options.deadLetters],
  )
  return new Map(queues.map((queue) => [queue.options.name, queue]))
}

function workQueue(queue: QueueName, timeoutMs: number): FifoQueue {
  const limits = { visibilityMs: timeoutMs + VISIBILITY_MARGIN_MS, maxReceives: MAXIMUM_RECEIVES }
  const name = NAMES.deadLetterQueue(queue)
  // dead letters stay where they are until somebody moves them
  const deadLetters = new FifoQueue({ name, ...limits, maxReceives: Infinity, deadLetters: null })
  return new FifoQueue({ name: NAMES.queue(queue), ...limits, deadLetters })
}

function isDated({ tick_at }: SaidOfTick, receives: number, now: number): boolean {
  return receives > 1 || now - Date.parse(tick_at) > 60_000
}
